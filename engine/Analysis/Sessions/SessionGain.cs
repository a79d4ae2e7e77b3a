using MemoryWall.Analysis.Comparisons;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>How much sooner a returning user gets the first token with one system than with another: the same turns of the same users,
/// compared in pairs.</summary>
internal sealed record SessionGain
{
    /// <summary>The system.</summary>
    public required string System { get; init; }

    /// <summary>The system that it is compared with.</summary>
    public required string Over { get; init; }

    /// <summary>Users of the level.</summary>
    public required int Users { get; init; }

    /// <summary>The turn; absent for all turns after the first together.</summary>
    public int? Turn { get; init; }

    /// <summary>The shortest prompt of the pairs.</summary>
    public required int MinTokens { get; init; }

    /// <summary>The longest prompt of the pairs.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Median TTFT of the system in seconds, with its interval over the pairs.</summary>
    public required Estimate TtftSeconds { get; init; }

    /// <summary>Median TTFT of the other system in seconds, with its interval over the pairs.</summary>
    public required Estimate OverTtftSeconds { get; init; }

    /// <summary>TTFT of the other system ÷ TTFT of this one, above 1 where this one is sooner, and whether it is a difference.</summary>
    public required RatioFinding Finding { get; init; }

    /// <summary>Trials of the system.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>Trials of the other system.</summary>
    public required IReadOnlyList<int> OverTrials { get; init; }

    /// <summary>What is said first of a number of users: the longest turn, which is what a storage tier is bought for, or all turns
    /// together where a turn alone has too few pairs; null where there is none.</summary>
    /// <param name="level">The gains of one system with one number of users.</param>
    public static SessionGain? SelectMain(IReadOnlyList<SessionGain> level)
    {
        var longest = level.Where(gain => gain.Turn is not null).MaxBy(gain => gain.MaxTokens);
        var all = level.FirstOrDefault(gain => gain.Turn is null);
        return longest is { Finding.Verdict: RatioVerdict.TooFew } && all is { Finding.Verdict: not RatioVerdict.TooFew } ? all : longest;
    }

    /// <summary>Pairs of all levels of two systems, unjudged.</summary>
    internal static IReadOnlyList<UnjudgedSessionGain> Collect(SessionSystem system, SessionSystem over, double minPairedShare) =>
    [
        .. from level in system.Levels
           let other = over.Levels.FirstOrDefault(other => other.Users == level.Users)
           where other is not null
           let pairs = PairTurns(level, other)
           let tookTurns = system.IsOnMachineOf(over) && HaveTakenTurns(system, level, over, other, minPairedShare)
           from turn in pairs.GroupBy(pair => pair.System.Turn.Turn).OrderBy(turn => turn.Key).Select(turn => (int?)turn.Key).Prepend(null)
           let chosen = pairs.Where(pair => turn is null || pair.System.Turn.Turn == turn).ToList()
           where chosen.Count > 0
           select new UnjudgedSessionGain(system.Name, over.Name, turn, chosen, CreateSample(chosen, tookTurns, minPairedShare)),
    ];

    private static List<(SessionRequest System, SessionRequest Over)> PairTurns(SessionLevel level, SessionLevel other) =>
    [
        .. SessionAttempt.PairRequests(level.Attempts, other.Attempts)
            .Where(pair => pair.First.IsReturning && pair.First.Ttft is not null && pair.Second.Ttft is not null),
    ];

    // Where the repetitions of the two systems alternate, the state of the machine affects both values of a pair alike.
    private static bool HaveTakenTurns(SessionSystem system, SessionLevel level, SessionSystem over, SessionLevel other,
        double minPairedShare)
    {
        IReadOnlyList<Observation> Starts(SessionSystem side, SessionLevel of) => [.. of.Attempts.Select(attempt => attempt.Requests
            .Select(request => request.Trial.Client.Sent).Min() is { } sent
                ? new Observation(1, false, (Int128)side.StartedTicks + sent.Nanoseconds / 100)
                : new Observation(1, false))];
        return RatioSample.FromTimes(Starts(system, level), Starts(over, other), minPairedShare).IsInterleaved;
    }

    private static RatioSample CreateSample(List<(SessionRequest System, SessionRequest Over)> pairs, bool tookTurns, double minPairedShare)
    {
        var observed = pairs.Select(pair => (Observe(pair.System), Observe(pair.Over))).ToList();
        return tookTurns
            ? RatioSample.FromPairs(observed)
            : RatioSample.FromTimes([.. observed.Select(pair => pair.Item1)], [.. observed.Select(pair => pair.Item2)], minPairedShare);
    }

    private static Observation Observe(SessionRequest request) => new(request.Ttft!.Value, request.HasInterference);
}

/// <summary>The pairs of one gain.</summary>
internal sealed record UnjudgedSessionGain(string System, string Over, int? Turn,
    IReadOnlyList<(SessionRequest System, SessionRequest Over)> Pairs, RatioSample Sample)
{
    /// <summary>Judges it.</summary>
    public SessionGain Judge(DifferenceRule rule) => new()
    {
        System = System,
        Over = Over,
        Users = Pairs[0].System.Turn.Users,
        Turn = Turn,
        MinTokens = Pairs.Min(pair => pair.System.Trial.ContextTokens),
        MaxTokens = Pairs.Max(pair => pair.System.Trial.ContextTokens),
        TtftSeconds = Bootstrap.EstimateMedian([.. Pairs.Select(pair => pair.System.Ttft!.Value)]),
        OverTtftSeconds = Bootstrap.EstimateMedian([.. Pairs.Select(pair => pair.Over.Ttft!.Value)]),
        Finding = rule.Judge(Sample),
        Trials = [.. Pairs.Select(pair => pair.System.Trial.Number).Order()],
        OverTrials = [.. Pairs.Select(pair => pair.Over.Trial.Number).Order()],
    };
}
