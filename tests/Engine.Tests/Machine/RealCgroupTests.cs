using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Engine.Tests.Machine.Processes;
using MemoryWall.Machine;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine;

/// <summary>A real control group with a real limit and a real kill; skipped where the tests may not create one.</summary>
public class RealCgroupTests
{
    private const long Limit = 256L << 20;

    [Fact]
    public void ServerInACappedGroup_GrowsFillsAndIsKilled_AllOfItIsSeen()
    {
        using var group = TestGroup.MakeOrSkip(Limit);
        using var load = new LoadProcess();
        using var sampler = MachineSampler.Start(RunClock.Start(), new SamplerOptions { IncludeNamedCgroup = true });
        sampler.WatchProcess(load.Pid);
        sampler.WatchCgroup(group.Folder);
        // The process is moved while it is watched: the sampler notices within two seconds. Rows of the group that it leaves show that
        // group's memory, and are not looked at.
        group.Add(load.Pid);
        var before = Wait(sampler, row => Value(sampler, row, "server_cgroup_limit_bytes") == Limit);

        load.Run($"allocate {128L << 20}");
        var after = Wait(sampler,
            row => Value(sampler, row, "server_cgroup_limit_bytes") == Limit
                && Value(sampler, row, "server_cgroup_anon_bytes") > Value(sampler, before, "server_cgroup_anon_bytes") + (120 << 20));

        var grown = Value(sampler, after, "server_cgroup_anon_bytes") - Value(sampler, before, "server_cgroup_anon_bytes");
        Assert.InRange(grown!.Value, 0.95 * (128 << 20), 1.05 * (128 << 20));
        Assert.Equal(Limit, Value(sampler, after, "named_cgroup_limit_bytes"));

        Assert.ThrowsAny<Exception>(() => load.Run($"allocate {512L << 20}"));
        // Read as the named group: that of a process is unknown once the process is gone, which a busy machine may see first.
        var killed = Wait(sampler,
            row => Value(sampler, row, "named_cgroup_oom_kill_total") > Value(sampler, before, "named_cgroup_oom_kill_total"));
        Assert.True(Value(sampler, killed, "named_cgroup_limit_hits_total") > Value(sampler, before, "named_cgroup_limit_hits_total"));
        Assert.Null(Value(sampler, Wait(sampler, row => Value(sampler, row, "server_processes") is null), "server_rss_anon_bytes"));
    }

    private static double? Value(Sampler sampler, TelemetrySample row, string name) => row[sampler.Schema.IndexOf(name)!.Value];

    private static TelemetrySample Wait(Sampler sampler, Func<TelemetrySample, bool> wanted)
    {
        TelemetrySample? found = null;
        Assert.True(SpinWait.SpinUntil(() => (found = sampler.Latest(5).LastOrDefault(wanted)) is not null, TestedProgram.Patience));
        return found!;
    }

    private sealed class TestGroup : IDisposable
    {
        private TestGroup(string folder) => Folder = folder;

        public string Folder { get; }

        public static TestGroup MakeOrSkip(long limit)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "control groups exist on Linux only");
            var own = CgroupLocation.Find(LinuxRoot.Machine, "self", "memory");
            Assert.SkipWhen(own is null, "no memory control group is mounted");
            var folder = Path.Combine(own.Folder, FormattableString.Invariant($"memwall-test-{Environment.ProcessId}"));
            try
            {
                Directory.CreateDirectory(folder);
                File.WriteAllText(Path.Combine(folder, own.Version == CgroupVersion.V2 ? "memory.max" : "memory.limit_in_bytes"),
                    limit.ToString(CultureInfo.InvariantCulture));
                // A little swap is allowed, so that the kill comes soon. On cgroup v1 not zero: recent kernels count no failure of the
                // limit of memory plus swap.
                var swap = Path.Combine(folder, own.Version == CgroupVersion.V2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
                if (File.Exists(swap))
                    File.WriteAllText(swap,
                        own.Version == CgroupVersion.V2 ? "0" : (limit + limit / 8).ToString(CultureInfo.InvariantCulture));
                return new TestGroup(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder);
                Assert.Skip($"this machine does not allow creating a control group: {e.Message}");
                throw;
            }
        }

        public void Add(int pid) => File.WriteAllText(Path.Combine(Folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));

        // A group can be removed only after its last process has ended completely.
        public void Dispose() => SpinWait.SpinUntil(() =>
        {
            try
            {
                Directory.Delete(Folder);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }, TestedProgram.Patience);
    }
}
