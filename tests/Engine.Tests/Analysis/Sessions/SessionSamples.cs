using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

/// <summary>Turns of conversations as a run stores them. A turn has 1,024 tokens more than the one before it.</summary>
internal static class SessionSamples
{
    public const int TurnTokens = 1024;

    /// <summary>A turn that computes its whole prompt.</summary>
    public static Trial Computed(int number, int users, int user, int turn, double ttft) => AnalysisSamples.Server(number,
        TurnTokens * turn, ttft - 0.125, 0.63) with
    {
        Method = SweepMethod.Session,
        Concurrency = users,
        Stream = user,
        Nonce = "the words of this conversation",
        Flags = TrialFlags.WarmPrefix,
        CachedPromptTokens = 0,
        Client = AnalysisSamples.Server(number, 1, ttft - 0.125, 0.63).Client with { Sent = Instant.FromSeconds(100L * number) },
        Session = new SessionTurn { Users = users, User = user, Turn = turn, KnownTokens = TurnTokens * (turn - 1), Evictions = 1 },
    };

    /// <summary>A turn that loads what is known from storage, at 100 MB/s and 1,000 bytes a token, and computes the rest.</summary>
    public static Trial Loaded(int number, int users, int user, int turn, double ttft)
    {
        var computed = Computed(number, users, user, turn, ttft);
        var known = computed.Session!.KnownTokens;
        return known == 0 ? computed : computed with
        {
            CachedPromptTokens = known,
            Tier = new TierUse { ResumedTokens = known, StateBytes = 1000L * known, Resume = TimeSpan.FromSeconds(known / 1e5) },
            Session = computed.Session with { SavedBytes = 1000L * known },
        };
    }

    /// <summary>All turns of all users of one level, in turn; <paramref name="ttft"/> gives the time of a user's turn.</summary>
    public static IReadOnlyList<Trial> Level(int users, int turns, Func<int, int, double> ttft, int repetition = 1, int first = 1,
        bool isLoaded = false) =>
    [
        .. from turn in Enumerable.Range(1, turns)
           from user in Enumerable.Range(1, users)
           let number = first + (turn - 1) * users + user - 1
           select (isLoaded ? Loaded(number, users, user, turn, ttft(user, turn)) : Computed(number, users, user, turn, ttft(user, turn)))
               with
           { Repetition = repetition },
    ];

    /// <summary>A run of a system, with turns for each user.</summary>
    public static RunReport Report(string system, int turns, IReadOnlyList<Trial> trials, Slo? slo = null) =>
        RunReport.Create(Run(system, turns, trials), slo);

    public static Run Run(string system, int turns, IReadOnlyList<Trial> trials)
    {
        var run = AnalysisSamples.Run(trials, $"run-{system}");
        return run with
        {
            Manifest = run.Manifest with
            {
                Plan = run.Manifest.Plan with
                {
                    System = system,
                    Method = SweepMethod.Session,
                    WarmPrefix = true,
                    Sessions = new SessionPlan
                    {
                        Users = [.. trials.Select(trial => trial.Session!.Users).Distinct()],
                        Turns = turns,
                        FirstTokens = TurnTokens,
                        GrowTokens = TurnTokens,
                        Policy = system == "recompute" ? CachePolicy.Recompute : CachePolicy.Tier,
                    },
                },
            },
        };
    }

    /// <summary>The report of a system that computes everything, and of one with a tier.</summary>
    public static SessionReport Compare(IReadOnlyList<Trial> recompute, IReadOnlyList<Trial> tier, int turns) =>
        SessionReport.Create([Report("recompute", turns, recompute), Report("tier", turns, tier)]);
}
