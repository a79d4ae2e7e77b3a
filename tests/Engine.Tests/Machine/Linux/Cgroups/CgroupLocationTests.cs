using CsCheck;
using MemoryWall.Engine.Tests.Machine.Probes;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Machine.Probes.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;

namespace MemoryWall.Engine.Tests.Machine.Linux.Cgroups;

public class CgroupLocationTests
{
    [Fact]
    public void ServerGroup_V2_ReadsAllOfIt()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        var row = ReadGroup(capture);

        Assert.Equal(1_845_493_760, row["server_cgroup_memory_bytes"]);
        // The group's own limit is "max", so the limit of its parent applies.
        Assert.Equal(8L << 30, row["server_cgroup_limit_bytes"]);
        Assert.Equal(6L << 30, row["server_cgroup_high_bytes"]);
        Assert.Equal(163_840, row["server_cgroup_swap_bytes"]);
        Assert.Equal(0, row["server_cgroup_swap_limit_bytes"]);
        Assert.Equal(612_368_384, row["server_cgroup_anon_bytes"]);
        Assert.Equal(1_203_240_960, row["server_cgroup_file_bytes"]);
        Assert.Equal(1_301_234, row["server_cgroup_refault_file_pages_total"]);
        Assert.Equal(40_012, row["server_cgroup_refault_anon_pages_total"]);
        Assert.Equal(1201, row["server_cgroup_limit_hits_total"]);
        Assert.Equal(2, row["server_cgroup_oom_total"]);
        Assert.Equal(1, row["server_cgroup_oom_kill_total"]);
        Assert.Equal(1.483248, row["server_cgroup_pressure_memory_full_seconds_total"]!.Value, 9);
    }

    [Theory]
    [InlineData("docker-cgroup-v1", 2L << 30, 42, 3)]
    [InlineData("vm-cgroup-hybrid", 700L << 20, 86_001, 1)]
    public void ServerGroup_V1_CountsGroupsBelowIn(string machine, long limit, long hits, long kills)
    {
        using var capture = Capture.Unpack(machine);
        var row = ReadGroup(capture);

        Assert.Equal(1_845_493_760, row["server_cgroup_memory_bytes"]);
        Assert.Equal(limit, row["server_cgroup_limit_bytes"]);
        Assert.Equal(612_372_480, row["server_cgroup_anon_bytes"]);
        Assert.Equal(1_203_245_056, row["server_cgroup_file_bytes"]);
        Assert.Equal(45_056, row["server_cgroup_swap_bytes"]);
        Assert.Equal(1_301_235, row["server_cgroup_refault_file_pages_total"]);
        Assert.Equal(hits, row["server_cgroup_limit_hits_total"]);
        Assert.Equal(kills, row["server_cgroup_oom_kill_total"]);
        Assert.Null(row["server_cgroup_high_bytes"]);
        Assert.Null(row["server_cgroup_oom_total"]);
    }

    [Fact]
    public void ServerGroup_PodWithOwnNamespace_IsTheMountPoint()
    {
        using var capture = Capture.Unpack("pod-cgroup-v2");
        var row = ReadGroup(capture);

        Assert.Equal(4L << 30, row["server_cgroup_limit_bytes"]);
        Assert.Null(row["server_cgroup_high_bytes"]);
        Assert.Equal(1, row["server_cgroup_oom_kill_total"]);
    }

    [Fact]
    public void ServerGroup_ServerEnds_IsStillTheOneThatCountsTheKill()
    {
        using var capture = Capture.Unpack("vm-cgroup-hybrid");
        var pid = Environment.ProcessId;
        capture.Write($"proc/{pid}/stat", $"{pid} (server) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0");
        capture.Write($"proc/{pid}/cgroup", File.ReadAllText(capture.PathOf("proc/self/cgroup")));
        using var watch = new ServerWatch(LinuxProcessTable.TryOpen(capture.Root));
        Assert.Null(watch.WatchProcess(pid));
        using var probe = CgroupMemoryProbe.DiscoverForServer(capture.Root, watch).Present();
        Assert.Equal(700L << 20, probe.Read()["server_cgroup_limit_bytes"]);

        // As the kernel shows a zombie: a killed process whose parent has not waited for it yet.
        capture.Write($"proc/{pid}/stat", $"{pid} (server) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0");
        capture.Write($"proc/{pid}/cgroup", "4:memory:/\n");

        Assert.All(Enumerable.Range(0, 30), _ => Assert.Equal(1, probe.Read()["server_cgroup_oom_kill_total"]));
    }

    [Fact]
    public void NamedGroup_AnyVersion_IsReadByItsFolder()
    {
        using var capture = Capture.Unpack("vm-cgroup-hybrid");
        using var watch = new ServerWatch(null);
        using var probe = CgroupMemoryProbe.DiscoverNamed(capture.Root, watch).Present();
        Assert.All(probe.Read().Values, v => Assert.Null(v));

        watch.NamedCgroup = capture.PathOf("sys/fs/cgroup/memory/jobs/30df4cdbf7901450f66e14c13603abd2");
        Assert.Equal(700L << 20, probe.Read()["named_cgroup_limit_bytes"]);

        watch.NamedCgroup = capture.PathOf("sys/fs/cgroup/gone");
        Assert.All(probe.Read().Values, v => Assert.Null(v));
    }

    [Fact]
    public void Limits_PathThatClimbs_StaysInsideTheMount()
    {
        using var capture = Capture.Unpack("pod-cgroup-v2");
        capture.Write("proc/self/cgroup", "0::/../../../etc\n");

        var group = CgroupLocation.Find(capture.Root, "self", "memory");

        Assert.Equal(capture.PathOf("sys/fs/cgroup"), group!.Folder);
    }

    // As in a container with its own cgroup namespace, where the host's hierarchy is mounted as well.
    [Theory]
    [InlineData("0::/../../user.slice/session-5.scope", "sys/fs/host/user.slice/session-5.scope")]
    [InlineData("0::/own", "sys/fs/cgroup/own")]
    [InlineData("0::/../other", null)]
    [InlineData("0::/gone", null)]
    public void Find_ProcessOutsideTheNamespace_IsFoundWhereItIsMountedOrNotAtAll(string membership, string? folder)
    {
        using var capture = Capture.From("""
            === proc/self/mountinfo
            953 950 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw
            961 957 0:26 /../.. /sys/fs/host ro - cgroup2 cgroup2 rw
            === sys/fs/cgroup/own/memory.current
            1
            === sys/fs/host/user.slice/session-5.scope/memory.current
            2
            """);
        capture.Write("proc/77/cgroup", membership + "\n");

        Assert.Equal(folder is null ? null : capture.PathOf(folder), CgroupLocation.Find(capture.Root, "77", "memory")?.Folder);
    }

    // Captures: a v1 machine that also mounts an empty v2 hierarchy, a systemd desktop, Docker on v2 and v1, a hybrid systemd machine.
    [Theory]
    [InlineData("v1", 1, "sys/fs/cgroup/memory", "sys/fs/cgroup/memory/jobs/3a9a")]
    [InlineData("v2", 2, "sys/fs/cgroup",
        "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope")]
    [InlineData("docker-v2", 2, "sys/fs/cgroup", "sys/fs/cgroup")]
    [InlineData("docker-v1", 1, "sys/fs/cgroup/memory", "sys/fs/cgroup/memory")]
    [InlineData("hybrid", 1, "sys/fs/cgroup/memory", "sys/fs/cgroup/memory/user.slice")]
    public void Find_RecordedMachine_FindsTheMemoryController(string recorded, int version, string mount, string own)
    {
        using var capture = FromRecorded(recorded);
        Directory.CreateDirectory(capture.PathOf(own));

        Assert.Equal(new CgroupLocation((CgroupVersion)version, capture.PathOf(own), capture.PathOf(mount)),
            CgroupLocation.Find(capture.Root, "self", "memory"));
    }

    [Fact]
    public void Find_OwnFolderNotVisible_FallsBackToTheMount()
    {
        using var capture = FromRecorded("v1");

        Assert.Equal(capture.PathOf("sys/fs/cgroup/memory"), CgroupLocation.Find(capture.Root, "self", "memory")!.Folder);
    }

    [Fact]
    public void Find_PathThatClimbsOut_IsNotFollowed()
    {
        using var capture = FromRecorded("v2");
        capture.Write("proc/self/cgroup", "0::/../../etc");

        Assert.Equal(capture.PathOf("sys/fs/cgroup"), CgroupLocation.Find(capture.Root, "self", "memory")!.Folder);
    }

    [Fact]
    public void SelfAndAncestors_EndAtTheMount() =>
        Assert.Equal(["/c/a/b", "/c/a", "/c"], new CgroupLocation(CgroupVersion.V2, "/c/a/b", "/c").SelfAndAncestors());

    [Fact]
    public void Find_Garbage_NeverThrows()
    {
        using var capture = Capture.From("=== proc/nothing\n");
        Gen.Select(Gen.String, Gen.String).Sample((mounts, cgroup) =>
        {
            capture.Write("proc/self/mountinfo", mounts + "\n1 2 0:3 / /x rw - cgroup2 cgroup2 rw");
            capture.Write("proc/self/cgroup", cgroup);
            _ = CgroupLocation.Find(capture.Root, "self", "memory");
        }, iter: LongTests.Draws(300), threads: 1);
    }

    private static Capture FromRecorded(string machine)
    {
        var capture = Capture.From("=== proc/nothing\n");
        capture.Write("proc/self/mountinfo", Recorded.Text($"cgroup/{machine}-mountinfo.txt"));
        capture.Write("proc/self/cgroup", Recorded.Text($"cgroup/{machine}-cgroup.txt"));
        return capture;
    }

    private static Dictionary<string, double?> ReadGroup(Capture capture)
    {
        // The captured server is the process "self".
        var pid = Environment.ProcessId;
        capture.Write($"proc/{pid}/stat", $"{pid} (server) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0");
        capture.Write($"proc/{pid}/cgroup", File.ReadAllText(capture.PathOf("proc/self/cgroup")));
        using var watch = new ServerWatch(LinuxProcessTable.TryOpen(capture.Root));
        Assert.Null(watch.WatchProcess(pid));
        using var probe = CgroupMemoryProbe.DiscoverForServer(capture.Root, watch).Present();
        return probe.Read();
    }
}
