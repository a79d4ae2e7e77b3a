using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Engine.Tests.Machine.Probes.Gpu;
using MemoryWall.Engine.Tests.Machine.Processes;
using MemoryWall.Machine;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine.Sampling;

public class SamplerTests
{
    private static readonly Dictionary<string, string> NoDevices = [];

    [Fact]
    public void SampleOnce_Linux_AllocatesNothingInSteadyState()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "guaranteed on Linux only");
        var options = new SamplerOptions();
        var watch = new ServerWatch(ProcessTables.TryOpen());
        // Does not watch this process: other tests start and end children of it, so its tree is not steady.
        using var server = new LoadProcess();
        Assert.Null(watch.WatchProcess(server.Pid));
        var (discoveries, devices) = PlatformProbes.Discover(options, watch);
        using var sampler = new Sampler(RunClock.Start(), options, watch, discoveries, devices, null);
        // During the first samples, buffers grow to the size of their files and the code is compiled.
        for (var i = 0; i < 200; i++)
            sampler.SampleOnce();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 500; i++)
            sampler.SampleOnce();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.NotNull(sampler.Latest(1)[0][sampler.Schema.IndexOf("server_rss_anon_bytes")!.Value]);
    }

    [Fact]
    public void Refresh_ProcessesUnchanged_AllocatesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "guaranteed on Linux only");
        using var table = LinuxProcessTable.TryOpen(LinuxRoot.Machine)!;
        var processes = new Dictionary<int, ProcessTableEntry>(4096);
        for (var i = 0; i < 100; i++)
            table.Refresh(processes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 30; i++)
            table.Refresh(processes);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(processes.ContainsKey(Environment.ProcessId));
    }

    [Fact]
    public void Sample_Stamp_LiesBeforeEveryReadingByAtMostItsOwnAccount()
    {
        var clock = RunClock.Start();
        var probe = new ScriptedProbe(ProbeCost.Light, row => row[0] = clock.Now.Seconds);
        using var sampler = Make(clock, probe);

        for (var i = 0; i < 100; i++)
            sampler.SampleOnce();

        var read = sampler.Schema.IndexOf("sampler_read_seconds")!.Value;
        var value = sampler.Schema.IndexOf("scripted")!.Value;
        Assert.All(sampler.Latest(100), s => Assert.InRange(s[value]!.Value - s.At.Seconds, 0, s[read]!.Value + 1e-6));
    }

    [Fact]
    public void Probe_ThatHangs_DelaysNoOther()
    {
        using var release = new ManualResetEventSlim();
        var hanging = new ScriptedProbe(ProbeCost.Blocking, _ => release.Wait(TestedProgram.Patience), "hanging");
        var quick = new ScriptedProbe(ProbeCost.Light, row => row[0] = 7, "quick");
        using var sampler = Make(RunClock.Start(), hanging, quick);
        sampler.StartThreads();

        Assert.True(SpinWait.SpinUntil(() => sampler.Statistics.Samples > 5, TestedProgram.Patience));

        var row = sampler.Latest(1)[0];
        Assert.Equal(7, row[sampler.Schema.IndexOf("quick")!.Value]);
        Assert.Null(row[sampler.Schema.IndexOf("hanging")!.Value]);
        release.Set();
    }

    [Fact]
    public void BackgroundProbe_Throws_IsNoLongerReadAndTheReasonIsKept()
    {
        var failing = new ScriptedProbe(ProbeCost.Blocking, _ => throw new InvalidOperationException("the driver is gone"), "failing");
        var quick = new ScriptedProbe(ProbeCost.Light, row => row[0] = 7, "quick");
        using var sampler = Make(RunClock.Start(), failing, quick);
        sampler.StartThreads();

        Assert.True(SpinWait.SpinUntil(() => sampler.Statistics.ProbeFailure is not null, TestedProgram.Patience));
        var seen = sampler.Statistics.Samples;
        Assert.True(SpinWait.SpinUntil(() => sampler.Statistics.Samples > seen + 3, TestedProgram.Patience));

        Assert.Equal("failing is no longer read: InvalidOperationException: the driver is gone", sampler.Statistics.ProbeFailure);
        Assert.Null(sampler.Latest(1)[0][sampler.Schema.IndexOf("failing")!.Value]);
    }

    [Fact]
    public void Offer_LibraryThatThrows_IsAnAbsentSource() =>
        Assert.Contains("FormatException: broken",
            ProbeDiscovery.Try("counters", () => throw new FormatException("broken")).Absent!.Reason);

    [Theory]
    [InlineData("laptop-cgroup-v2")]
    [InlineData("vm-cgroup-hybrid")]
    [InlineData("docker-cgroup-v1")]
    [InlineData("pod-cgroup-v2")]
    [InlineData("amd-gpu")]
    public void Read_EveryProbeOfAMachine_AllocatesNothingInSteadyState(string machine)
    {
        using var capture = Capture.Unpack(machine);
        using var watch = new ServerWatch(LinuxProcessTable.TryOpen(capture.Root));
        watch.WatchProcess(4711);
        var devices = LinuxProbes.FindBlockDevices(capture.Root, "/home/me/models/a.gguf");
        ProbeDiscovery[] discoveries =
        [
            .. LinuxProbes.Discover(capture.Root, new SamplerOptions { IncludeNamedCgroup = true }, watch, devices),
            ProbeDiscovery.Found(NvmlProbe.Create(new ScriptedNvml(), watch)),
        ];
        var probes = discoveries.Select(discovery => discovery.Probe).OfType<IProbe>().ToList();
        Assert.NotEmpty(probes);
        foreach (var probe in probes)
        {
            var row = new double[probe.Columns.Count];
            for (var i = 0; i < 100; i++)
                probe.Read(row);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 200; i++)
                probe.Read(row);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() == before, $"{probe.Name} allocated");
            probe.Dispose();
        }
    }

    [Fact]
    public void BlockingReading_IsShownOnceWithItsAge()
    {
        var clock = RunClock.Start();
        using var first = new CountdownEvent(1);
        var probe = new ScriptedProbe(ProbeCost.Blocking, row =>
        {
            row[0] = 3;
            if (!first.IsSet)
                first.Signal();
        });
        var background = new BackgroundProbe(probe, clock);
        background.Start();
        Assert.True(first.Wait(TestedProgram.Patience));
        var row = new double[2];
        Assert.True(SpinWait.SpinUntil(() =>
        {
            row.AsSpan().Fill(double.NaN);
            background.WriteUnread(row, clock.Now);
            return !double.IsNaN(row[0]);
        }, TestedProgram.Patience));
        Assert.Equal(3, row[0]);
        Assert.InRange(row[1], 0, 1);

        row.AsSpan().Fill(double.NaN);
        background.WriteUnread(row, clock.Now);
        background.Dispose();

        Assert.True(double.IsNaN(row[0]));
    }

    [Fact]
    public void BlockingReading_ThatIsStale_IsNotShown()
    {
        var clock = RunClock.Start();
        using var read = new ManualResetEventSlim();
        var background = new BackgroundProbe(new ScriptedProbe(ProbeCost.Blocking, row =>
        {
            row[0] = 3;
            read.Set();
        }), clock);
        background.Start();
        Assert.True(read.Wait(TestedProgram.Patience));
        background.Dispose();
        var row = new[] { double.NaN, double.NaN };

        background.WriteUnread(row, clock.Now.Plus(TimeSpan.FromHours(1)));

        Assert.True(double.IsNaN(row[0]));
    }

    [Fact]
    public void Heavy_IsReadOnceASecond_AndAbsentBetween()
    {
        var reads = 0;
        var clock = RunClock.Start();
        using var set = new ProbeSet([new ScriptedProbe(ProbeCost.Heavy, row => row[0] = ++reads)], clock);
        var seen = new List<double>();
        for (var ms = 0; ms < 3000; ms += 100)
        {
            var row = new[] { double.NaN };
            set.Read(row, Instant.FromSeconds(ms / 1000.0));
            seen.Add(row[0]);
        }

        Assert.Equal([1.0, 2.0, 3.0], seen.Where(v => !double.IsNaN(v)));
    }

    [Fact]
    public void Burst_RaisesTheRate_AndEnds()
    {
        var options = new SamplerOptions { Interval = TimeSpan.FromSeconds(30), BurstInterval = TimeSpan.FromMilliseconds(10) };
        using var watch = new ServerWatch(null);
        using var sampler = new Sampler(RunClock.Start(), options, watch, [], NoDevices, null);
        sampler.StartThreads();

        sampler.StartBurst(TimeSpan.FromMinutes(1));

        // At its normal rate the sampler would need 10 minutes for this many.
        Assert.True(SpinWait.SpinUntil(() => sampler.Statistics.Samples >= 20, TestedProgram.Patience));
    }

    [Fact]
    public void Sink_GetsEverySampleOnceAndInOrder()
    {
        var got = new List<TelemetrySample>();
        var sampler = Make(RunClock.Start(), batch => got.AddRange(batch), new ScriptedProbe(ProbeCost.Light, row => row[0] = 1));
        sampler.StartThreads();
        Assert.True(SpinWait.SpinUntil(() => sampler.Statistics.Samples >= 20, TestedProgram.Patience));

        sampler.Dispose();

        Assert.Equal(sampler.Statistics.Samples, got.Count);
        Assert.Equal(0, sampler.Statistics.Lost);
        Assert.True(got.Zip(got.Skip(1)).All(p => p.First.At.Nanoseconds < p.Second.At.Nanoseconds));
    }

    [Fact]
    public void Sink_ThatThrows_IsReportedAndSamplingGoesOn()
    {
        var sampler = Make(RunClock.Start(), _ => throw new IOException("No space left on device"),
            new ScriptedProbe(ProbeCost.Light, row => row[0] = 1));
        sampler.StartThreads();
        Assert.True(SpinWait.SpinUntil(() => sampler.Statistics.Samples >= 5, TestedProgram.Patience));

        sampler.Dispose();

        Assert.Contains("No space left", sampler.Statistics.SinkFailure);
        Assert.Equal(sampler.Statistics.Samples, sampler.Statistics.Lost);
    }

    [Fact]
    public void Ring_SlowReader_KnowsWhatItMissed()
    {
        var ring = new SampleRing(16, 1);
        for (var i = 0; i < 20; i++)
            ring.Write(new Instant(i), [i]);
        long cursor = 0;

        var taken = ring.ReadFrom(ref cursor, out var lost);

        Assert.Equal(4, lost);
        Assert.Equal(Enumerable.Range(4, 16).Select(i => (double?)i), taken.Select(s => s[0]));
        Assert.Equal([18, 19], ring.Latest(2).Select(s => s.At.Nanoseconds));
    }

    [Fact]
    public void Schedule_LateSample_SkipsPointsAndKeepsTheGrid()
    {
        var schedule = new SampleSchedule(Instant.FromSeconds(0));
        var interval = TimeSpan.FromMilliseconds(100);

        schedule.Advance(Instant.FromSeconds(0.003), interval);
        Assert.Equal(0.1, schedule.Due.Seconds);
        Assert.Equal(0, schedule.Missed);

        // The sample is late by 2 1/2 intervals: 0.2 and 0.3 are missed, and the next sample is on the grid again.
        schedule.Advance(Instant.FromSeconds(0.35), interval);
        Assert.Equal(0.4, schedule.Due.Seconds, 9);
        Assert.Equal(2, schedule.Missed);
    }

    [Theory]
    [InlineData(100, 1, "BurstInterval")]
    [InlineData(5, 10, "Interval")]
    public void Start_BadOptions_NamesTheOption(int interval, int burst, string name)
    {
        var options = new SamplerOptions
        {
            Interval = TimeSpan.FromMilliseconds(interval),
            BurstInterval = TimeSpan.FromMilliseconds(burst)
        };

        Assert.Contains(name, Assert.Throws<ArgumentException>(() => MachineSampler.Start(RunClock.Start(), options)).Message);
    }

    [Fact]
    public void WatchCgroup_WithoutItsColumns_IsACallersBug()
    {
        using var sampler = Make(RunClock.Start());

        Assert.Contains("NamedCgroup", Assert.Throws<InvalidOperationException>(() => sampler.WatchCgroup("/sys/fs/cgroup")).Message);
    }

    private static Sampler Make(RunClock clock, params IProbe[] probes) => Make(clock, null, probes);

    private static Sampler Make(RunClock clock, Action<IReadOnlyList<TelemetrySample>>? sink, params IProbe[] probes) =>
        new(clock, new SamplerOptions { Interval = TimeSpan.FromMilliseconds(20) }, new ServerWatch(null),
            [.. probes.Select(ProbeDiscovery.Found)], NoDevices, sink);

    private delegate void Reading(Span<double> row);

    private sealed class ScriptedProbe(ProbeCost cost, Reading read, string name = "scripted") : IProbe
    {
        public string Name => name;

        public ProbeCost Cost => cost;

        public string Intrusion => "none";

        public IReadOnlyList<TelemetryColumn> Columns { get; } = [new(name, MetricKind.Gauge, name, "Scripted.")];

        public void Read(Span<double> row) => read(row);

        public void Dispose()
        {
        }
    }
}
