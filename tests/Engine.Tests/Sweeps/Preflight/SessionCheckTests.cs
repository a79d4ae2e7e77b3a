using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Preflight;

namespace MemoryWall.Engine.Tests.Sweeps.Preflight;

public sealed class SessionCheckTests
{
    private static readonly SessionPlan s_turns = new() { Users = [1, 4], Turns = 3, FirstTokens = 256, GrowTokens = 64 };

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    public static TheoryData<string, string> Broken => new()
    {
        { "users", "0 is not a number of users; give 1 to 256" },
        { "turns", "0 is not a number of turns; give 1 to 10000" },
        { "first", "8 tokens are too few; give 16 or more" },
        { "grow", "0 is too few; give 1 token or more" },
        { "shared prefix", "250 of the 256 tokens of the first turn leave too few for a text of its own; give at most 240" },
        { "think", "-1 s is below 0; give 0s or more" },
        { "cache policy", "tier needs a folder on storage; for example --tier /mnt/nvme" },
        { "sessions", "conversations cannot be combined with" },
        { "trace", "cannot be read" },
        { "needle", "4 tokens of an answer are too few for a number; give 8 or more" },
        { "needle in a short text", "the text of a turn is too short to hide a number and to ask for it; give 96 tokens or more" },
        { "users of a search", "a search from 4 cannot end with 2 users; give 4 to 256" },
        { "users of a search without a limit", "0 s is no limit of the time to the first token; give more than 0" },
        { "users of a trace", "a trace has its own users; omit the search for their number" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Check_BrokenPlan_SaysWhatWouldBeRight(string field, string message)
    {
        var plan = Break(field);
        // The name of the field, and the case where it has several.
        var finding = Assert.Single(PlanCheck.Check(plan), entry => field == entry.Subject
            || field.StartsWith(entry.Subject + " ", StringComparison.Ordinal));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_GoodPlan_HasNoFinding() => Assert.Empty(PlanCheck.Check(Create(s_turns)));

    [Fact]
    public void Check_SessionMethodWithoutSessions_IsAnError() =>
        Assert.Contains(PlanCheck.Check(Create(s_turns) with { Sessions = null }), finding => finding.Subject == "method");

    [Fact]
    public void Create_SystemsOfTheEmbeddedServer_HaveOneCapWithoutSwapAndTheSameTexts()
    {
        var shared = Create(s_turns) with { Cap = new CapPlan { Bytes = 400 << 20 } };
        var systems = SessionPlans.Create([], shared, hasTier: true, verifies: false, () => new TierPlan { Folder = "/mnt" });

        Assert.Equal(["recompute", "ram", "tier"], systems.Select(system => system.Name));
        Assert.Single(systems.Select(system => (system.Plan.Cap, system.Plan.Sessions!.TextKey)).Distinct());
        Assert.Equal(0, systems[0].Plan.Cap!.SwapBytes);
        Assert.Equal([false, false, true], systems.Select(system => system.Plan.Options.Tier is not null));
        Assert.Equal([CachePolicy.Recompute, CachePolicy.Ram, CachePolicy.Tier],
            systems.Select(system => system.Plan.Options.ConversationCache!.Value));
        Assert.Equal(2, SessionPlans.Create([], shared, hasTier: false, verifies: false,
            () => throw new InvalidOperationException()).Count);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Create_OwnServers_HaveTheSameTextsOnlyToBeVerified(bool verifies, bool areEqual)
    {
        var systems = SessionPlans.Create(["a=openai://a:1/m", "b=openai://b:1/m"], Create(s_turns), hasTier: false, verifies,
            () => throw new InvalidOperationException());

        Assert.Equal(areEqual, systems.All(system => system.Plan.Sessions!.TextKey is not null));
    }

    [Fact]
    public void Create_OneServerTwiceWithVerify_IsAnError() => Assert.Contains("are the same server", Assert.Throws<FormatException>(() =>
        SessionPlans.Create(["a=openai://a:1/m", "b=openai://a:1/m"], Create(s_turns), hasTier: false, verifies: true,
            () => throw new InvalidOperationException())).Message, StringComparison.Ordinal);

    private static SweepPlan Break(string field) => field switch
    {
        "users" => Create(s_turns with { Users = [0] }),
        "turns" => Create(s_turns with { Turns = 0 }),
        "first" => Create(s_turns with { FirstTokens = 8 }),
        "grow" => Create(s_turns with { GrowTokens = 0 }),
        "shared prefix" => Create(s_turns with { SharedPrefixTokens = 250 }),
        "think" => Create(s_turns with { Think = TimeSpan.FromSeconds(-1) }),
        "cache policy" => Create(s_turns with { Policy = CachePolicy.Tier }),
        "trace" => Create(s_turns with { Trace = new TracePlan { Path = "/nowhere/trace.jsonl", Sha256 = "0", Requests = 1 } }),
        "needle" => Create(s_turns with { HasNeedles = true, GrowTokens = 128 }) with { OutputTokens = 4 },
        "needle in a short text" => Create(s_turns with { HasNeedles = true }),
        "users of a search" => Create(s_turns with { Search = new UsersSearchPlan { From = 4, Most = 2, TtftLimit = s_limit } }),
        "users of a search without a limit" =>
            Create(s_turns with { Search = new UsersSearchPlan { From = 1, Most = 2, TtftLimit = TimeSpan.Zero } }),
        "users of a trace" => Create(s_turns with
        {
            Trace = new TracePlan { Path = "/nowhere/trace.jsonl", Sha256 = "0", Requests = 1 },
            Search = new UsersSearchPlan { From = 1, Most = 2, TtftLimit = s_limit },
        }),
        _ => Create(s_turns) with { WarmPrefix = true },
    };

    private static SweepPlan Create(SessionPlan turns) =>
        SessionPlans.ForTurns(new SweepPlan { Target = "embedded", Contexts = [], Method = SweepMethod.Session }, turns);
}
