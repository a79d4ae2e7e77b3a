using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>What hidden numbers show about a system.</summary>
internal enum NeedleVerdict
{
    /// <summary>No turn asked for a number and was answered.</summary>
    NotAsked,

    /// <summary>The model does not find the numbers without the cache either.</summary>
    CannotJudge,

    /// <summary>Numbers come back, and there is no system to compare with.</summary>
    Alone,

    /// <summary>Each number that the other system finds comes back.</summary>
    NoneLost,

    /// <summary>Some do not, which may be chance.</summary>
    FewLost,

    /// <summary>More do not than chance explains: the system does not answer the same.</summary>
    Lost,
}

/// <summary>How many hidden numbers came back from a system, and whether it loses some that another one finds.</summary>
internal sealed record NeedleResult
{
    /// <summary>The system.</summary>
    public required string System { get; init; }

    /// <summary>The system that it is compared with; absent for none.</summary>
    public string? Over { get; init; }

    /// <summary>Turns that asked for a number and were answered; where systems are compared, by both.</summary>
    public required int Asked { get; init; }

    /// <summary>Those whose answer has the number.</summary>
    public required int Found { get; init; }

    /// <summary>Those whose answer of the other system has it; absent without one.</summary>
    public int? OverFound { get; init; }

    /// <summary>Numbers that the other system finds and this one does not; absent without one.</summary>
    public int? Lost { get; init; }

    /// <summary>Numbers that this system finds and the other one does not; absent without one.</summary>
    public int? Won { get; init; }

    /// <summary>What follows.</summary>
    public required NeedleVerdict Verdict { get; init; }

    /// <summary>The numbers of a system alone.</summary>
    public static NeedleResult Create(SessionSystem system)
    {
        var answers = List(system).ToList();
        var found = answers.Count(request => request.Turn.IsNeedleFound == true);
        return new NeedleResult
        {
            System = system.Name,
            Asked = answers.Count,
            Found = found,
            Verdict = answers.Count == 0 ? NeedleVerdict.NotAsked : found == 0 ? NeedleVerdict.CannotJudge : NeedleVerdict.Alone,
        };
    }

    /// <summary>The numbers of a system, each compared with the same one of another system.</summary>
    public static NeedleResult Create(SessionSystem system, SessionSystem over, ComparisonRules rules)
    {
        var pairs = (from level in system.Levels
                     join other in over.Levels on level.Users equals other.Users
                     from pair in SessionAttempt.PairRequests(level.Attempts, other.Attempts)
                     where pair.First.Turn.IsNeedleFound is not null && pair.Second.Turn.IsNeedleFound is not null
                     where pair.First.Turn.Needle == pair.Second.Turn.Needle
                     select (Own: pair.First.Turn.IsNeedleFound == true, Other: pair.Second.Turn.IsNeedleFound == true)).ToList();
        var (found, lost) = (pairs.Count(pair => pair.Other), pairs.Count(pair => pair is { Own: false, Other: true }));
        var won = pairs.Count(pair => pair is { Own: true, Other: false });
        return new NeedleResult
        {
            System = system.Name,
            Over = over.Name,
            Asked = pairs.Count,
            Found = pairs.Count(pair => pair.Own),
            OverFound = found,
            Lost = lost,
            Won = won,
            Verdict = pairs.Count == 0 ? NeedleVerdict.NotAsked
                : found == 0 ? NeedleVerdict.CannotJudge
                : lost == 0 ? NeedleVerdict.NoneLost
                : SignTest.ComputePValue(lost, won) <= rules.MaxLossChance ? NeedleVerdict.Lost
                : NeedleVerdict.FewLost,
        };
    }

    /// <summary>Whether a system was to be asked for numbers.</summary>
    public static bool IsFor(SessionSystem system) => system.Manifest.Plan.Sessions?.HasNeedles == true || List(system).Any();

    private static IEnumerable<SessionRequest> List(SessionSystem system) => system.Levels.SelectMany(level => level.Attempts)
        .SelectMany(attempt => attempt.Requests).Where(request => request.Turn.IsNeedleFound is not null);
}
