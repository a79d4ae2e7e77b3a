using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>A run's memory wall in words: as sentences, and as a part of a title.</summary>
internal static class WallPhrases
{
    /// <summary>Where the wall is, what was forecast, and what happens beyond it.</summary>
    public static string Format(WallVerdict wall) => string.Join(" ", FormatSentences(wall));

    /// <summary>The same, one sentence each, where the wall is first.</summary>
    public static IReadOnlyList<string> FormatSentences(WallVerdict wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        string?[] sentences = [FormatPosition(wall), FormatSlower(wall), FormatBeyond(wall), FormatStorage(wall), FormatSlowest(wall),
            FormatFailure(wall)];
        return [.. sentences.OfType<string>()];
    }

    /// <summary>How a system behaves at its wall, for a title about it alone: <c>works up to 8k (18.7 t/s) and runs out of memory at
    /// 12k</c>.</summary>
    /// <param name="wall">A wall that was found.</param>
    public static string FormatClause(WallVerdict wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        var beyond = wall.Beyond!;
        if (beyond.IsFailure)
        {
            var rate = wall.InsideTps is { } known ? $" ({NumberFormat.Rate(known)})" : "";
            return wall.InsideTokens is { } last
                ? $"works up to {NumberFormat.Context(last)}{rate} and {FormatEnd(beyond)}"
                : $"{FormatEnd(beyond)}, its smallest context";
        }
        var where = wall.InsideTokens is { } from
            ? $"between {NumberFormat.Context(from)} and {NumberFormat.Context(beyond.ContextTokens)}"
            : $"at {NumberFormat.Context(beyond.ContextTokens)}";
        var end = wall.Failure is { } failure ? $", and {FormatEnd(failure)}" : "";
        return beyond.Slowdown is { } factor
            ? $"becomes {AtLeast(beyond)}{NumberFormat.Ratio(factor)} times slower {where}, from {NumberFormat.Rate(wall.InsideTps)} "
                + $"to {AtMost(beyond)}{NumberFormat.Rate(beyond.Tps)} ({RegimeFormat.Name(beyond.Regime)}){end}"
            : FormatRates(wall, beyond) + end;
    }

    // Without a factor the rates stand beside each other.
    private static string FormatRates(WallVerdict wall, WallStep beyond)
    {
        var before = wall.InsideTps is { } known ? $" ({NumberFormat.Rate(known)})" : "";
        var after = beyond.Tps is { } rate ? $" ({AtMost(beyond)}{NumberFormat.Rate(rate)})" : "";
        var there = $"is {RegimeFormat.Name(beyond.Regime)} at {NumberFormat.Context(beyond.ContextTokens)}{after}";
        return wall.InsideTokens is { } last ? $"works up to {NumberFormat.Context(last)}{before} and {there}" : there;
    }

    /// <summary>How a system behaves at its wall, for a title about several: that it does not answer, where that happens, else its
    /// slowdown.</summary>
    /// <param name="wall">A wall that was found.</param>
    public static string FormatShortClause(WallVerdict wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        if (wall.End is { } end)
            return FormatEnd(end);
        var beyond = wall.Beyond!;
        var (context, regime) = (NumberFormat.Context(beyond.ContextTokens), RegimeFormat.Name(beyond.Regime));
        var slowest = wall.Slowest is { Slowdown: { } worst } far
            ? $", {AtLeast(far)}{NumberFormat.Ratio(worst)} times at {NumberFormat.Context(far.ContextTokens)}"
            : "";
        return beyond.Slowdown is { } factor
            ? $"is {AtLeast(beyond)}{NumberFormat.Ratio(factor)} times slower at {context} "
                + $"({regime}, {AtMost(beyond)}{NumberFormat.Rate(beyond.Tps)}){slowest}"
            : $"is {regime} from {context}";
    }

    /// <summary>What happens beyond the wall, for a cell of a table.</summary>
    public static string FormatCell(WallVerdict wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        if (wall.Beyond is not { } beyond)
            return "no wall found";
        return wall.Failure is { } failure
            ? $"{RegimeFormat.Name(beyond.Regime)}, {RegimeFormat.Name(failure.Regime)} at {NumberFormat.Tokens(failure.ContextTokens)}"
            : RegimeFormat.Name(beyond.Regime);
    }

    /// <summary>How many times slower generation is at a context, for a cell of a table; a dash where it is not.</summary>
    public static string FormatSlowdown(WallStep? step) => step is { Slowdown: { } factor }
        ? $"{(step.IsBound ? "≥ " : "")}{NumberFormat.Ratio(factor)}"
        : NumberFormat.Absent;

    private static string FormatPosition(WallVerdict wall)
    {
        var budget = wall.BudgetBytes is { } bytes ? $" within {NumberFormat.Bytes(bytes)}" : "";
        var forecast = FormatForecast(wall.Forecast);
        var (inside, beyond) = (NumberFormat.Tokens(wall.InsideTokens), NumberFormat.Tokens(wall.BeyondTokens));
        return wall.Position switch
        {
            WallPosition.Unknown => $"No wall was found{budget}: no trial shows where its memory was{forecast}.",
            WallPosition.NotReached => $"No wall{budget} up to {inside} tokens{forecast}.",
            WallPosition.NothingFits => $"No context fits{budget}: the weights alone take {NumberFormat.Bytes(wall.WeightBytes)}; "
                + $"the smallest tried is {beyond} tokens{forecast}.",
            WallPosition.BelowSmallest => $"The memory wall{budget} is below {beyond} tokens, the smallest context tried{forecast}.",
            _ => $"The memory wall{budget} is between {inside} and {beyond} tokens{forecast}.",
        };
    }

    /// <summary>A forecast wall for a cell of a table: no context beyond that which the model was trained for.</summary>
    public static string FormatForecastTokens(WallForecastFinding? forecast) => forecast switch
    {
        { Tokens: 0 } => "none fits",
        { IsBeyondTrained: true } => FormatNoWall(forecast.TrainedTokens!.Value),
        _ => NumberFormat.Tokens(forecast?.Tokens),
    };

    /// <summary>A forecast that memory suffices for all that the model was trained for.</summary>
    public static string FormatNoWall(int trainedTokens) => $"none up to {NumberFormat.Context(trainedTokens)}";

    private static string FormatForecast(WallForecastFinding? forecast)
    {
        if (forecast is null)
            return "";
        var withoutTier = forecast.IsWithoutTier ? " without the tier" : "";
        if (forecast.Tokens == 0)
            return $"; the forecast was that no context fits{withoutTier}";
        if (forecast.IsBeyondTrained)
            return $"; the forecast was {FormatForecastTokens(forecast)}{withoutTier}";
        var remark = forecast switch
        {
            { IsBetween: true } => ", between the two",
            { Error: { } error } => $", {NumberFormat.Deviation(error)} off",
            _ => "",
        };
        return $"; the forecast was {NumberFormat.Tokens(forecast.Tokens)}{withoutTier}{remark}";
    }

    private static string? FormatBeyond(WallVerdict wall) => wall.Beyond switch
    {
        null => null,
        { Regime: MemoryRegime.OutOfMemory } => "Beyond it the server runs out of memory.",
        { Regime: MemoryRegime.Refused } => "Beyond it the server refuses requests.",
        { Slowdown: { } factor } beyond =>
            $"Beyond it generation falls from {FormatRate(wall.InsideTps)} to {AtMost(beyond)}{FormatRate(beyond.Tps)} tokens/s, "
                + $"{AtLeast(beyond)}{NumberFormat.Ratio(factor)} times slower.",
        { Comparison.MissingPairs: > 0, Tps: { } rate } beyond when wall.InsideTps is not null =>
            $"Beyond it the system is {RegimeFormat.Name(beyond.Regime)}: generation goes from {FormatRate(wall.InsideTps)} to "
                + $"{AtMost(beyond)}{FormatRate(rate)} tokens/s; {SupportFormat.Missing(beyond.Comparison)} would show whether that is a "
                + "difference.",
        { Tps: { } rate } beyond when wall.InsideTokens is null =>
            $"There the system is {RegimeFormat.Name(beyond.Regime)} at {AtMost(beyond)}{FormatRate(rate)} tokens/s.",
        { Tps: { } rate } beyond when wall.InsideTps is not null =>
            $"Beyond it the system is {RegimeFormat.Name(beyond.Regime)} but still generates {FormatRate(rate)} tokens/s.",
        var beyond => $"Beyond it the system is {RegimeFormat.Name(beyond.Regime)}.",
    };

    private static string? FormatStorage(WallVerdict wall) =>
        wall.StorageBytesPerToken is { } bytes ? $"Each token reads {NumberFormat.Bytes(bytes)} from storage." : null;

    // The first step beyond the wall is often small, because memory runs out page by page.
    private static string? FormatSlowest(WallVerdict wall)
    {
        if (wall.Slowest is not { } slowest)
            return null;
        var slower = slowest.Slowdown is { } factor
            ? $", {AtLeast(slowest)}{NumberFormat.Ratio(factor)} times slower than before the wall"
            : "";
        return $"At {NumberFormat.Tokens(slowest.ContextTokens)} tokens it is {RegimeFormat.Name(slowest.Regime)} with {AtMost(slowest)}"
            + $"{FormatRate(slowest.Tps)} tokens/s{slower}.";
    }

    private static string? FormatSlower(WallVerdict wall) => wall.SlowerFromTokens is { } tokens
        ? $"From {NumberFormat.Tokens(tokens)} tokens on generation is slower than half of what is expected; the cause is not known."
        : null;

    private static string? FormatFailure(WallVerdict wall) => wall.Failure is { } failure
        ? $"At {NumberFormat.Tokens(failure.ContextTokens)} tokens the server {RegimeFormat.Predicate(failure.Regime)}."
        : null;

    private static string FormatEnd(WallStep step) => step.Regime == MemoryRegime.Refused
        ? $"is refused at {NumberFormat.Context(step.ContextTokens)}"
        : $"runs out of memory at {NumberFormat.Context(step.ContextTokens)}";

    private static string FormatRate(double? perSecond) => NumberFormat.RateNumber(perSecond);

    private static string AtLeast(WallStep step) => step.IsBound ? "at least " : "";

    private static string AtMost(WallStep step) => step.IsBound ? "at most " : "";
}
