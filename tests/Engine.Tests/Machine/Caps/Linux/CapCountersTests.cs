using CsCheck;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Engine.Tests.Machine.Caps.Linux;

public class CapCountersTests
{
    [Fact]
    public void EvidenceV1_ChildKilledByItsCap_NamesTheKill()
    {
        var numbers = new Dictionary<string, long?>
        {
            ["memory.max_usage_in_bytes"] = 52_428_800,
            ["memory.limit_in_bytes"] = 52_428_800,
            ["memory.failcnt"] = 88
        };
        var evidence = CgroupV1.ParseCounters(
            CgroupFile.ParseTable(Recorded.Text("cgroup/v1-memory.stat.txt")),
            CgroupFile.ParseTable(Recorded.Text("cgroup/v1-memory.oom_control.txt")), numbers.GetValueOrDefault);
        Assert.Equal(1, evidence.OomKills);
        Assert.Equal(52_428_800, evidence.PeakBytes);
        Assert.Equal(88, evidence.LimitHits);
        Assert.Equal(21, evidence.FileRefaults);
        Assert.Null(evidence.CurrentBytes);
    }

    [Theory]
    [InlineData(9_223_372_036_854_771_712)]
    [InlineData(9_223_372_036_854_710_272)]
    public void EvidenceV1_NoLimit_IsAbsent(long shown) =>
        Assert.Null(
            CgroupV1.ParseCounters(CgroupFile.ParseTable(""), CgroupFile.ParseTable(""),
                name => name == "memory.limit_in_bytes" ? shown : null).LimitBytes);

    [Fact]
    public void EvidenceV2_ThrashedThenKilled_NamesBoth()
    {
        var evidence = CgroupV2.ParseCounters(CgroupFile.ParseTable(Recorded.Text("cgroup/v2-memory.stat.txt")),
            CgroupFile.ParseTable(Recorded.Text("cgroup/v2-memory.events.txt")), _ => null);
        Assert.Equal((1, 40_213, 52_110), (evidence.OomKills, evidence.LimitHits, evidence.MajorFaults));
        Assert.Equal((104_321, 2011), (evidence.AnonymousRefaults, evidence.FileRefaults));
        Assert.Null(evidence.LimitBytes);
    }

    [Fact]
    public void Evidence_NothingReadable_IsAbsentNotZero()
    {
        Assert.Equal(new MemoryWall.Machine.Caps.CapCounters(),
            CgroupV2.ParseCounters(CgroupFile.ParseTable(null), CgroupFile.ParseTable(null), _ => null));
        Assert.Equal(new MemoryWall.Machine.Caps.CapCounters(),
            CgroupV1.ParseCounters(CgroupFile.ParseTable(null), CgroupFile.ParseTable(null), _ => null));
    }

    [Fact]
    public void Table_Garbage_NeverThrows() => Gen.String.Sample(text => { CgroupFile.ParseTable(text); });
}
