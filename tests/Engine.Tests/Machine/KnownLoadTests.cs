using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Engine.Tests.Machine.Processes;
using MemoryWall.Machine;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine;

/// <summary>
/// A process that allocates, uses CPU and reads by known amounts is measured within 5%. The test compares amounts and not times, because a
/// busy machine only makes the process slower.
/// </summary>
public sealed class KnownLoadTests : IDisposable
{
    private const double Tolerance = 0.05;
    private readonly LoadProcess _load;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-load-").FullName;

    private readonly ITestOutputHelper _output;

    public KnownLoadTests(ITestOutputHelper output)
    {
        _output = output;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        _load = new LoadProcess();
    }

    [LongFact]
    public void Cpu_ProcessAndChild_AreRecovered()
    {
        using var sampler = MachineSampler.Start(RunClock.Start());
        Assert.Null(sampler.WatchProcess(_load.Pid));
        _load.Spawn();
        var before = Settled(sampler, s => Value(sampler, s, "server_processes") >= 2);

        var burned = _load.Run("burn 1.5");

        var used = Cpu(sampler, Settled(sampler, _ => true)) - Cpu(sampler, before);
        Within("CPU seconds", burned, used);
    }

    [Fact]
    public void Memory_Touched_IsAnonymous()
    {
        using var sampler = MachineSampler.Start(RunClock.Start());
        sampler.WatchProcess(_load.Pid);
        var before = Settled(sampler, _ => true);

        var faults = _load.Run($"allocate {256L << 20}");
        var after = Settled(sampler, _ => true);

        Within("anonymous bytes", 256 << 20, Delta(sampler, before, after, "server_rss_anon_bytes"));
        Within("minor faults", faults, Delta(sampler, before, after, "server_minor_faults_total"));
    }

    [Fact]
    public void Reading_ColdFile_ShowsAtTheProcessAndOnItsDisk()
    {
        const long Bytes = 96L << 20;
        var path = Path.Combine(_folder, "cold.bin");
        WriteThrough(path, Bytes);
        var device = LinuxProbes.FindBlockDevices(LinuxRoot.Machine, path).GetValueOrDefault("model");
        Assert.SkipWhen(device is null, "the temporary folder is not on a block device");
        using var sampler = MachineSampler.Start(RunClock.Start(), new SamplerOptions { ModelPath = path });
        sampler.WatchProcess(_load.Pid);
        var before = Settled(sampler, _ => true);

        Assert.Equal(Bytes, _load.Run($"read {path}"));
        var after = Settled(sampler, _ => true);

        Within("bytes read", Bytes, Delta(sampler, before, after, "server_read_bytes_total"));
        var disk = sampler.Schema.Devices["model"];
        var read = Delta(sampler, before, after, $"disk_{disk}_read_bytes_total");
        _output.WriteLine(FormattableString.Invariant($"all programs read {read} bytes from {disk}"));
        // Other programs may read from the same disk at the same time, so only the lower bound is checked.
        Assert.True(read >= Bytes * (1 - Tolerance));
    }

    [Fact]
    public void Faulting_OnAMappedColdFile_ShowsAsMajorFaultsAndBytesRead()
    {
        const long Bytes = 8L << 20;
        var path = Path.Combine(_folder, "mapped.bin");
        WriteThrough(path, Bytes);
        Assert.SkipUnless(LinuxProbes.FindBlockDevices(LinuxRoot.Machine, path).ContainsKey("model"),
            "the temporary folder is not on a block device");
        using var sampler = MachineSampler.Start(RunClock.Start());
        sampler.WatchProcess(_load.Pid);
        var before = Settled(sampler, _ => true);

        var faults = _load.Run($"fault {path}");
        var after = Settled(sampler, _ => true);

        // One fault for each page of 4 KiB; larger pages, or a page cache that was not dropped, make them fewer.
        Assert.SkipWhen(faults < 100, $"only {faults} faults waited for storage");
        Within("major faults", faults, Delta(sampler, before, after, "server_major_faults_total"));
        Within("bytes read by faults", Bytes, Delta(sampler, before, after, "server_read_bytes_total"));
    }

    [Fact]
    public void Process_Killed_LeavesCountersAndMakesMemoryAbsent()
    {
        using var sampler = MachineSampler.Start(RunClock.Start());
        sampler.WatchProcess(_load.Pid);
        _load.Run("burn 0.2");
        var before = Settled(sampler, _ => true);

        _load.Kill();
        var after = Settled(sampler, s => Value(sampler, s, "server_processes") is null);

        Assert.Null(Value(sampler, after, "server_rss_anon_bytes"));
        using var next = new LoadProcess();
        sampler.WatchProcess(next.Pid);
        var restarted = Settled(sampler, s => Value(sampler, s, "server_processes") >= 1);
        Assert.True(Cpu(sampler, restarted) >= Cpu(sampler, before));
    }

    [Fact]
    public void WatchProcess_NoSuchProcess_SaysSo()
    {
        using var sampler = MachineSampler.Start(RunClock.Start());

        Assert.Contains("no process", sampler.WatchProcess(int.MaxValue));
    }

    public void Dispose()
    {
        _load?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Within(string what, double known, double measured)
    {
        _output.WriteLine(
            FormattableString.Invariant(
                $"{what}: {known:0.###} known, {measured:0.###} measured, {100 * (measured / known - 1):+0.00;-0.00}%"));
        Assert.InRange(measured, known * (1 - Tolerance), known * (1 + Tolerance));
    }

    private static double? Value(Sampler sampler, TelemetrySample sample, string name) => sample[sampler.Schema.IndexOf(name)!.Value];

    private static double Delta(Sampler sampler, TelemetrySample before, TelemetrySample after, string name) =>
        Value(sampler, after, name)!.Value - Value(sampler, before, name)!.Value;

    private static double Cpu(Sampler sampler, TelemetrySample sample) =>
        Value(sampler, sample, "server_cpu_user_seconds_total")!.Value + Value(sampler, sample, "server_cpu_system_seconds_total")!.Value;

    // The first sample that was read entirely after this call and meets the condition.
    private static TelemetrySample Settled(Sampler sampler, Func<TelemetrySample, bool> wanted)
    {
        var seen = sampler.Statistics.Samples + 1;
        TelemetrySample? found = null;
        Assert.True(SpinWait.SpinUntil(() =>
        {
            var fresh = sampler.Statistics.Samples - seen;
            found = fresh > 0 ? sampler.Latest((int)Math.Min(fresh, 512)).FirstOrDefault(wanted) : null;
            return found is not null;
        }, TestedProgram.Patience));
        return found!;
    }

    private static void WriteThrough(string path, long bytes)
    {
        using var file = new FileStream(path, FileMode.Create);
        var block = new byte[1 << 20];
        new Random(7).NextBytes(block);
        for (long i = 0; i < bytes; i += block.Length)
            file.Write(block);
        file.Flush(flushToDisk: true);
    }
}
