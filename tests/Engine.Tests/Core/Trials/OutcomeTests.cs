using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Core.Trials;

public sealed class OutcomeTests
{
    public static TheoryData<string> Kinds { get; } =
        ["completed", "out_of_memory", "thrashing", "timed_out", "refused", "truncated", "miscounted", "protocol_broken", "target_died",
            "cancelled", "unknown"];

    private static readonly Outcome[] s_all =
    [
        new Completed(), new OutOfMemory("e"), new Thrashing("e"), new TimedOut(Phase.Prefill, TimeSpan.FromSeconds(2)),
        new Refused(503, "e"), new Truncated(2, 1), new Miscounted(1, 2), new ProtocolViolation("e"), new TargetDied("e"),
        new Cancelled(), new UnknownOutcome("n", "e"),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Kind_EachOutcome_IsTheNameInJson(string kind)
    {
        var outcome = Assert.Single(s_all, known => known.Kind == kind);
        var json = JsonSerializer.SerializeToElement(outcome, TestJson.Options);
        Assert.Equal(kind, json.GetProperty("kind").GetString());
        Assert.False(
            json.TryGetProperty("Kind", out _) || json.TryGetProperty("Detail", out _) || json.TryGetProperty("IsCompleted", out _));
        Assert.Equal(outcome, json.Deserialize<Outcome>(TestJson.Options));
    }

    [Fact]
    public void Kind_AllDerivedTypes_HaveOne() =>
        Assert.Equal(typeof(Outcome).Assembly.GetTypes().Count(type => type.IsSubclassOf(typeof(Outcome))), s_all.Length);
}
