using CsCheck;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

/// <summary>The counters of a cap, read from folders that contain copies of the kernel's files.</summary>
public sealed class CapCountersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-counters-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EvidenceV1_ChildKilledByItsCap_NamesTheKill()
    {
        Write("memory.max_usage_in_bytes", "52428800\n");
        Write("memory.limit_in_bytes", "52428800\n");
        Write("memory.failcnt", "88\n");
        Write("memory.stat", Recorded.Text("cgroup/v1-memory.stat.txt"));
        Write("memory.oom_control", Recorded.Text("cgroup/v1-memory.oom_control.txt"));

        var evidence = new CgroupV1(_folder).ReadCounters();

        Assert.Equal(1, evidence.OomKills);
        Assert.Equal(52_428_800, evidence.PeakBytes);
        Assert.Equal(52_428_800, evidence.LimitBytes);
        Assert.Equal(88, evidence.LimitHits);
        Assert.Equal(21, evidence.FileRefaults);
        Assert.Null(evidence.CurrentBytes);
    }

    [Theory]
    [InlineData(9_223_372_036_854_771_712)]
    [InlineData(9_223_372_036_854_710_272)]
    public void EvidenceV1_NoLimit_IsAbsent(long shown)
    {
        Write("memory.limit_in_bytes", FormattableString.Invariant($"{shown}\n"));

        Assert.Null(new CgroupV1(_folder).ReadCounters().LimitBytes);
    }

    [Fact]
    public void EvidenceV1_KernelWithoutSumsOverGroupsBelow_CountsTheGroupAlone()
    {
        Write("memory.stat", "cache 7\nrss 8\nswap 9\npgmajfault 10\n");

        var evidence = new CgroupV1(_folder).ReadCounters();

        Assert.Equal((7, 8, 9, 10), (evidence.FileBytes, evidence.AnonymousBytes, evidence.SwapBytes, evidence.MajorFaults));
    }

    [Fact]
    public void EvidenceV2_ThrashedThenKilled_NamesBoth()
    {
        Write("memory.max", "max\n");
        Write("memory.stat", Recorded.Text("cgroup/v2-memory.stat.txt"));
        Write("memory.events", Recorded.Text("cgroup/v2-memory.events.txt"));

        var evidence = new CgroupV2(_folder).ReadCounters();

        Assert.Equal((1, 40_213, 52_110), (evidence.OomKills, evidence.LimitHits, evidence.MajorFaults));
        Assert.Equal((104_321, 2011), (evidence.AnonymousRefaults, evidence.FileRefaults));
        Assert.Null(evidence.LimitBytes);
    }

    [Fact]
    public void Evidence_NothingReadable_IsAbsentNotZero()
    {
        Assert.Equal(new CapCounters(), new CgroupV2(_folder).ReadCounters());
        Assert.Equal(new CapCounters(), new CgroupV1(_folder).ReadCounters());
    }

    [Fact]
    public void Evidence_Garbage_NeverThrows() => Gen.String.Sample(text =>
    {
        Write("memory.stat", text);
        Write("memory.events", text);
        Write("memory.max", text);
        _ = new CgroupV2(_folder).ReadCounters();
    }, iter: LongTests.Draws(100), threads: 1);

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);
}
