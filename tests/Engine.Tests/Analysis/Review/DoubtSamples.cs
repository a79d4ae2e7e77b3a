using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis.Review;

/// <summary>Trials whose observations give exactly one doubt each.</summary>
internal static class DoubtSamples
{
    private static readonly Trial s_good = AnalysisSamples.Server(100, 4096, 4, 6.3);

    private static readonly Trial s_client = AnalysisSamples.Client() with { ContextTokens = 4096, CountedPromptTokens = 4096 };

    /// <summary>One trial for each kind, and one without a doubt that another is compared with. For a kind that needs telemetry or several
    /// trials it is a stored statement.</summary>
    public static IReadOnlyList<(Trial Trial, Doubt? Doubt)> OneOfEachKind { get; } = Numbered(
        (s_good with { OutputTokens = 48, Chunks = 48 }, new EarlyStop(48, 64)),
        (s_good with { OutputTokens = 1, OutputTokensAsked = 1, Chunks = 1, Server = s_good.Server with { Generation = null } },
            new TooShortForRate(1)),
        (s_good with { CachedPromptTokens = 400 }, new CacheHit(400, 4096)),
        (s_good with { ClaimedDoubts = ["suspected_cache_hit"] }, new SuspectedCacheHit(null, null, false, [])),
        (s_good with { Flags = TrialFlags.WarmPrefix, CachedPromptTokens = 4095 }, null),
        (s_good with { Flags = TrialFlags.WarmPrefix, CachedPromptTokens = 100 }, new ColdPrefix(100, 4095)),
        (s_good with { Server = s_good.Server with { Queue = TimeSpan.FromSeconds(0.1) } }, new Queued(TimeSpan.FromSeconds(0.1))),
        (s_good with { WindowTokens = 8192, GivenWindowTokens = 4096 }, new ContextCapped(4096, 8192)),
        (s_good with { CountedPromptTokens = null }, new CountUnreported()),
        (s_client with { Server = new ServerTimings { Load = TimeSpan.FromSeconds(0.4) } }, new Reloaded(TimeSpan.FromSeconds(0.4))),
        (s_good with { Server = s_good.Server with { Generation = TimeSpan.FromSeconds(4) } },
            new ClocksDisagree(TimeSpan.FromSeconds(6.3), TimeSpan.FromSeconds(4))),
        (s_good with { ClaimedDoubts = ["disturbed"] }, new Interference([])),
        (s_client with { Client = s_client.Client with { TimeToFirstReasoning = TimeSpan.FromSeconds(3) } },
            new ReasoningFirst(TimeSpan.FromSeconds(3))),
        (s_good with { ServerLoad = new ServerLoad { RunningBefore = 1, PromptTokens = 5000 } }, new SharedServer(1, 904, null)),
        (s_client with { Arrivals = 1 }, new Buffered(1, 64)),
        (Turn(1, s_good with { Flags = TrialFlags.WarmPrefix, CachedPromptTokens = 2000 }), new ExcessReuse(2000, 1000)),
        (Turn(2, s_good with { CountedPromptTokens = 4100 }), new CountMismatch(4096, 4100)),
        (Turn(3, s_good), new Superseded(118)),
        (Turn(3, s_good), null));

    private static Trial Turn(int turn, Trial trial) => trial with
    {
        Method = SweepMethod.Session,
        Session = new SessionTurn { Users = 1, User = 1, Turn = turn, KnownTokens = 1000 },
    };

    private static List<(Trial, Doubt?)> Numbered(params (Trial Trial, Doubt? Doubt)[] samples) =>
        [.. samples.Select((sample, index) => (sample.Trial with { Number = 100 + index }, sample.Doubt))];
}
