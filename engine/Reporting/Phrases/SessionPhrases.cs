using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>How systems serve conversations of several users, in words.</summary>
internal static class SessionPhrases
{
    /// <summary>What the columns of the tables mean.</summary>
    public const string Legend = "TTFT is what a user waits for the first token, its interval over repetitions. Reused: of the tokens that "
        + "an earlier request of the level had, those that were not computed again. Dropped and written: per repetition.";

    /// <summary>All conclusions, the most important first.</summary>
    public static IReadOnlyList<string> Format(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return
        [
            .. report.Gains.GroupBy(gain => (gain.System, gain.Users)).SelectMany(level => FormatGains([.. level])),
            .. report.Barriers.Select(SystemPhrases.Format),
            .. report.Systems.Where(system => system.Wall is not null).Select(system => FormatWall(system.Name, system.Wall!)),
            .. new[] { FormatBreakEven(report) }.OfType<string>(),
            .. report.Answers.Select(FormatAnswers),
            .. report.Needles.Select(FormatNeedles),
            .. report.Systems.SelectMany(system => FormatGaps(system, system.Levels)),
        ];
    }

    /// <summary>All conclusions, where nothing is compared with those of each system alone before them.</summary>
    public static IReadOnlyList<string> FormatAll(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return [.. report.Gains.Count > 0 ? [] : report.Systems.Select(FormatSystem), .. Format(report)];
    }

    /// <summary>The conclusions about one number of users: what a returning user waits, and what did not succeed.</summary>
    public static IReadOnlyList<string> FormatLevel(SessionReport report, int? users)
    {
        ArgumentNullException.ThrowIfNull(report);
        return
        [
            .. report.Gains.Where(gain => gain.Users == users).GroupBy(gain => gain.System).SelectMany(level => FormatGains([.. level])),
            .. report.Barriers.Select(SystemPhrases.Format),
            .. report.Answers.Select(FormatAnswers),
            .. report.Needles.Select(FormatNeedles),
            .. report.Systems.SelectMany(system => FormatGaps(system, system.Levels.Where(level => level.Users == users))),
        ];
    }

    /// <summary>The conclusions about the number of users: how many each system carries, and what did not succeed.</summary>
    public static IReadOnlyList<string> FormatUsers(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return
        [
            .. report.Systems.Where(system => system.Wall is not null).Select(system => FormatWall(system.Name, system.Wall!)),
            .. report.Systems.SelectMany(system => FormatGaps(system, system.Levels)),
        ];
    }

    /// <summary>What one system does for its users, without another to compare it with.</summary>
    public static string FormatSystem(SessionSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        if (system.Levels.Count == 0)
            return $"{system.Name} has no turn of a conversation yet.";
        var level = system.Levels[^1];
        var reuse = level.All.ReuseShare is { } share ? $"; {NumberFormat.Percent(share)} of the known tokens are reused" : "";
        return level.All is { TtftP50: { } median, TtftP95: { } late }
            ? $"With {WordFormat.Count(level.Users, "user")} half of the {NumberFormat.Tokens(level.All.Requests)} turns get their first "
                + $"token within {Time(median)}, and 95% within {Time(late)}{reuse}."
            : $"With {WordFormat.Count(level.Users, "user")} no turn has a known time to the first token.";
    }

    // A turn that loses is said too.
    private static IEnumerable<string> FormatGains(IReadOnlyList<SessionGain> level)
    {
        if (SessionGain.SelectMain(level) is not { } main)
            yield break;
        yield return FormatGain(main);
        foreach (var lost in level.Where(gain => gain.Turn is not null && gain != main && gain.Finding.Verdict == RatioVerdict.Lower))
            yield return FormatGain(lost);
    }

    /// <summary>What a returning user waits with one system instead of another.</summary>
    public static string FormatGain(SessionGain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        var place = $"With {WordFormat.Count(gain.Users, "user")} at {Range(gain.MinTokens, gain.MaxTokens)} a returning turn waits ";
        var interval = EstimateFormat.Interval(gain.Finding.Ratio, NumberFormat.Ratio);
        return gain.Finding.Verdict switch
        {
            RatioVerdict.Higher or RatioVerdict.Lower => $"{place}{Time(gain.TtftSeconds)} with {gain.System} instead of "
                + $"{Time(gain.OverTtftSeconds)} with {gain.Over}: {NumberFormat.Ratio(Times(gain))} times as "
                + (gain.Finding.Verdict == RatioVerdict.Higher ? $"soon {interval}" : $"long {InverseInterval(gain)}").TrimEnd() + ".",
            RatioVerdict.TooFew => $"{place}{Time(gain.TtftSeconds)} with {gain.System} and {Time(gain.OverTtftSeconds)} with {gain.Over}; "
                + $"{WordFormat.Count(gain.Finding.MissingPairs, "more pair")} of turns would show whether that is a difference.",
            _ => $"{place}{Time(gain.TtftSeconds)} with {gain.System} and {Time(gain.OverTtftSeconds)} with {gain.Over}, which is no "
                + $"difference beyond {DescribeZone(gain.Finding)}.",
        };
    }

    // Where the machine alone may have made a difference, a ratio of 4 can be none, and the reader has to know why.
    private static string DescribeZone(RatioFinding finding)
    {
        List<string> causes = [];
        if (!finding.IsInterleaved)
            causes.Add("the systems did not take turns, as with --repetitions 2");
        if (2 * finding.PairsWithInterference > finding.Pairs)
            causes.Add("other work disturbed most turns");
        return causes.Count == 0 ? "the spread"
            : $"the {NumberFormat.Ratio(finding.NoDifferenceZone.High)} times that the machine alone can make, because "
                + string.Join(" and ", causes);
    }

    /// <summary>A gain in a few characters.</summary>
    public static string FormatKeyNumber(SessionGain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        return gain.Finding.Verdict switch
        {
            RatioVerdict.Higher => $"{NumberFormat.Ratio(Times(gain))}× as soon",
            RatioVerdict.Lower => $"{NumberFormat.Ratio(Times(gain))}× as long",
            _ => $"{NumberFormat.Duration(gain.OverTtftSeconds.Value)} vs {NumberFormat.Duration(gain.TtftSeconds.Value)}",
        };
    }

    private static double Times(SessionGain gain) =>
        gain.Finding.Verdict == RatioVerdict.Higher ? gain.Finding.Ratio.Value : 1 / gain.Finding.Ratio.Value;

    private static string InverseInterval(SessionGain gain) => gain.Finding.Ratio.Interval is { Low: > 0 } known
        ? EstimateFormat.Interval(gain.Finding.Ratio with { Interval = new Interval(1 / known.High, 1 / known.Low) }, NumberFormat.Ratio)
        : "";

    /// <summary>How many users a system carries within the limit.</summary>
    public static string FormatWall(string system, UsersWall wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        var limit = $"the limit (95% of the turns begin within {NumberFormat.Duration(wall.LimitSeconds)})";
        var judged = wall.Levels.Where(level => level.Met + level.Missed > 0).ToList();
        if (judged.Count == 0)
            return $"It is unknown how many users {system} carries within {limit}: no turn has a known time to the first token.";
        var interval = wall is { Users: { Kind: not IntervalKind.None } users }
            ? users.Interval is { Low: var low, High: var high } && low == high
                ? ", the same in every repetition"
                : $", over repetitions {EstimateFormat.Interval(users, value => NumberFormat.Tokens(value))}"
            : "";
        var carried = (wall.InsideUsers, wall.BeyondUsers) switch
        {
            ({ } inside, { } beyond) =>
                $"{system} carries {WordFormat.Count(inside, "user")} within {limit}{interval}; with {Missed(wall, beyond)}",
            (null, { } beyond) => $"{system} does not carry {WordFormat.Count(beyond, "user")} within {limit}: with {Missed(wall, beyond)}",
            ({ } inside, null) when wall.Unconfirmed.Count == 0 =>
                $"{system} carries {WordFormat.Count(inside, "user")} within {limit}, the most that were tried",
            ({ } inside, null) => $"{system} carries {WordFormat.Count(inside, "user")} within {limit}",
            _ => $"How many users {system} carries within {limit} is not shown",
        };
        var open = wall.Unconfirmed.Count == 0 ? ""
            : $"; with {WordFormat.List(wall.Unconfirmed.Select(users => Missed(wall, users)))}, which one more repetition would confirm";
        return $"{carried}{open}.";
    }

    /// <summary>How many users each system carries, in one line; null where no wall was looked for, or limits differ.</summary>
    public static string? FormatWalls(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var walls = report.Systems.Where(system => system.Wall is not null).ToList();
        return walls.Select(system => system.Wall!.LimitSeconds).Distinct().ToList() is [var limit]
            ? $"95% of the turns begin within {NumberFormat.Duration(limit)} with "
                + WordFormat.List(walls.Select(system => $"{FormatCarried(system.Wall!)} on {system.Name}"))
            : null;
    }

    private static string FormatCarried(UsersWall wall) => wall switch
    {
        { InsideUsers: { } inside, BeyondUsers: not null } => $"up to {WordFormat.Count(inside, "user")}",
        { InsideUsers: { } inside } => $"{WordFormat.Count(inside, "user")} or more",
        { BeyondUsers: 1 } => "not even 1 user",
        { BeyondUsers: { } beyond } => $"fewer than {WordFormat.Count(beyond, "user")}",
        _ => "an unknown number of users",
    };

    /// <summary>What the largest number of users that every system has waits on each, in one line; null where there is none.</summary>
    public static string? FormatLargest(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        // A system without any time is in the table, and does not hide the others.
        var systems = report.Systems.Where(system => system.Levels.Any(level => level.All.TtftP95 is not null)).ToList();
        var common = systems
            .Select(system => system.Levels.Where(level => level.All.TtftP95 is not null).Select(level => level.Users)).DefaultIfEmpty([])
            .Aggregate((one, other) => one.Intersect(other)).ToList();
        if (common.Count == 0)
            return null;
        var users = common.Max();
        var waits = systems.Select(system => (system.Name, Level: system.Levels.First(level => level.Users == users)))
            .Select(entry => $"{NumberFormat.Duration(entry.Level.All.TtftP95!.Value)} on {entry.Name}");
        return $"With {WordFormat.Count(users, "user")} 95% of the turns begin within {WordFormat.List(waits)}";
    }

    private static string Missed(UsersWall wall, int users)
    {
        var level = wall.Levels.First(level => level.Users == users);
        var missed = level.Tries.Where(attempt => attempt.Meets == false).ToList();
        var times = missed.Select(attempt => attempt.P95Seconds).OfType<double>().ToList();
        var failed = missed.Sum(attempt => attempt.Failed);
        var what = times.Count > 0
            ? $"it is {NumberFormat.Duration(Quantiles.Median(times))}"
            : "most turns wait for an answer that never comes";
        return $"{NumberFormat.Tokens(users)} {what}{(failed > 0 ? $" ({WordFormat.Count(failed, "turn")} failed)" : "")}";
    }

    /// <summary>Where storage pays and where it loses, as far as computing and loading were measured; null where they were not.</summary>
    public static string? FormatBreakEven(SessionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.BreakEvens is not [_, ..] contexts)
            return null;
        var (first, last) = (contexts[0], contexts[^1]);
        var pays = $"Loading a conversation is sooner than computing it where storage reads more than "
            + $"{NumberFormat.Bandwidth(first.BytesPerSecond)} at {Prompt(first.ContextTokens)} and "
            + $"{NumberFormat.Bandwidth(last.BytesPerSecond)} at {Prompt(last.ContextTokens)}";
        return report.Storage is { } storage
            ? $"{pays}; {storage.System} loaded at {NumberFormat.Bandwidth(storage.Rate)}"
                + $"{(storage.IsEmulated ? " from emulated storage" : "")}, which {FormatOutcome(contexts, storage.Rate)}."
            : $"{pays}.";
    }

    /// <summary>At which contexts a bandwidth pays: <c>gains time at every measured context</c>.</summary>
    public static string FormatOutcome(IReadOnlyList<BreakEven> contexts, double bytesPerSecond)
    {
        var (gains, losses) = (contexts.Where(context => context.Gain(bytesPerSecond) > 1).ToList(),
            contexts.Where(context => context.Gain(bytesPerSecond) <= 1).ToList());
        return (gains, losses) switch
        {
            ([], _) => "loses time at every measured context",
            (_, []) => "gains time at every measured context",
            _ => $"gains time at {WordFormat.List(gains.Select(context => NumberFormat.Tokens(context.ContextTokens)))} tokens and "
                + $"loses time at {WordFormat.List(losses.Select(context => NumberFormat.Tokens(context.ContextTokens)))}",
        };
    }

    /// <summary>Whether a system answers the same as another.</summary>
    public static string FormatAnswers(AnswerAgreement answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.AreEqual)
        {
            return $"All {NumberFormat.Tokens(answers.Compared)} answers of {answers.System} that can be compared are those of "
                + $"{answers.Over}.";
        }
        var soonest = answers.Divergence is { } first
            ? $"; the one that differs soonest does so from {FormatPlace(first)} on, in trial {NumberFormat.Tokens(first.Trial)}"
            : "";
        return $"{NumberFormat.Tokens(answers.Compared - answers.Equal)} of {NumberFormat.Tokens(answers.Compared)} answers of "
            + $"{answers.System} are not those of {answers.Over}, the first in trial {NumberFormat.Tokens(answers.FirstUnequal)}{soonest}: "
            + "its times are those of other answers.";
    }

    /// <summary>Where two answers begin to differ: <c>token 17 of 64</c>.</summary>
    public static string FormatPlace(AnswerDivergence divergence)
    {
        ArgumentNullException.ThrowIfNull(divergence);
        return $"{(divergence.Unit == AnswerUnit.Token ? "token" : "word")} {NumberFormat.Tokens(divergence.Place)} of "
            + NumberFormat.Tokens(divergence.Pieces);
    }

    /// <summary>How many hidden numbers came back from a system, and what follows.</summary>
    public static string FormatNeedles(NeedleResult needles)
    {
        ArgumentNullException.ThrowIfNull(needles);
        var found = $"{NumberFormat.Tokens(needles.Found)} of {WordFormat.Count(needles.Asked, "hidden number")}";
        return needles.Verdict switch
        {
            NeedleVerdict.NotAsked => $"No hidden number was asked of {needles.System}: no turn was answered, or the texts are too short.",
            NeedleVerdict.CannotJudge when needles.Over is { } over => $"Whether {needles.System} loses hidden numbers cannot be judged: "
                + $"{over} finds none of {NumberFormat.Tokens(needles.Asked)} either. This model does not answer the question.",
            NeedleVerdict.CannotJudge => $"{needles.System} finds none of {WordFormat.Count(needles.Asked, "hidden number")}, which cannot "
                + "be judged: a model that does not answer the question shows nothing about a cache.",
            NeedleVerdict.Alone => $"{needles.System} finds {found}.",
            NeedleVerdict.NoneLost => $"{needles.System} finds {found}, each that {needles.Over} finds.",
            NeedleVerdict.Lost => $"{needles.System} loses {NumberFormat.Tokens(needles.Lost)} of the "
                + $"{WordFormat.Count(needles.OverFound ?? 0, "hidden number")} that {needles.Over} finds: it does not answer the same, "
                + "and its times are those of wrong answers.",
            _ => $"{needles.System} loses {NumberFormat.Tokens(needles.Lost)} of the "
                + $"{WordFormat.Count(needles.OverFound ?? 0, "hidden number")} that {needles.Over} finds, and finds "
                + $"{NumberFormat.Tokens(needles.Won)} that it does not, which may be chance.",
        };
    }

    private static IEnumerable<string> FormatGaps(SessionSystem system, IEnumerable<SessionLevel> levels)
    {
        var all = levels.ToList();
        foreach (var level in all.Where(level => level.Incomplete > 0))
        {
            yield return $"With {WordFormat.Count(level.Users, "user")} {system.Name} did not try every turn in "
                + $"{WordFormat.Count(level.Incomplete, "repetition")} of {NumberFormat.Tokens(level.Repetitions)}.";
        }
        foreach (var level in all.Where(level => level.All.Failed > 0))
        {
            yield return $"With {WordFormat.Count(level.Users, "user")} {NumberFormat.Tokens(level.All.Failed)} of "
                + $"{NumberFormat.Tokens(level.All.Requests)} turns of {system.Name} failed.";
        }
        foreach (var level in all.Where(level => level.All.Cancelled > 0))
        {
            yield return $"With {WordFormat.Count(level.Users, "user")} {WordFormat.Count(level.All.Cancelled, "turn")} of {system.Name} "
                + "ended when the user stopped the run, and no time counts them.";
        }
        foreach (var level in all.Where(level => level.All.WithInterference > 0))
        {
            yield return $"With {WordFormat.Count(level.Users, "user")} other work on the machine disturbed "
                + $"{NumberFormat.Tokens(level.All.WithInterference)} of {NumberFormat.Tokens(level.All.Requests)} turns of {system.Name}.";
        }
    }

    private static string Time(Estimate estimate) => EstimateFormat.WithInterval(estimate, seconds => NumberFormat.Duration(seconds));

    private static string Range(int min, int max) =>
        min == max ? Prompt(min) : $"{NumberFormat.Tokens(min)} to {NumberFormat.Tokens(max)} tokens";

    private static string Prompt(int tokens) => $"{NumberFormat.Tokens(tokens)} tokens";
}
