using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>How systems compare, in words.</summary>
internal static class SystemPhrases
{
    /// <summary>How another system is measured later.</summary>
    /// <param name="comparison">The comparison.</param>
    public static string FormatContinuation(ComparisonPlan comparison) =>
        // Without a cap, the systems are servers of the user, which have an address each.
        $"Measure another system of this comparison with: memwall compare --continue {comparison.Id} --stage NAME"
            + (comparison.Shared.Cap is null ? $"={SafeText.ToSingleLine(comparison.Shared.Target, SafeText.MaxNameLength)}" : "");

    /// <summary>How far a system reaches.</summary>
    public static string Format(SystemReachVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var reach = verdict.LargestTokens is { } tokens
            ? $"{verdict.System} completes up to {NumberFormat.Tokens(tokens)} tokens"
            : $"{verdict.System} completes at no context";
        if (verdict.ThrashesFromTokens is { } slow)
            reach += $", thrashing from {NumberFormat.Tokens(slow)}";
        return verdict is { FailsAtTokens: { } failure, FailsAs: { } regime }
            ? $"{reach}; at {NumberFormat.Tokens(failure)} it {RegimeFormat.Predicate(regime)}."
            : verdict.ThrashesFromTokens is null ? $"{reach}, the largest context tried." : $"{reach}; no larger context was tried.";
    }

    /// <summary>Storage that was too slow for its emulation.</summary>
    public static string Format(EmulationVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"{verdict.System} was to emulate a device of {NumberFormat.Bytes(verdict.EmulatedBytesPerSecond)}/s, but this machine's "
            + $"storage reached only {NumberFormat.Bytes(verdict.MeasuredBytesPerSecond)}/s.";
    }

    /// <summary>Why two systems are not compared.</summary>
    public static string Format(IncomparableVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"{verdict.System} and {verdict.Over} {ComparisonPhrases.Barrier(verdict.Barrier)}, so they are not compared.";
    }

    /// <summary>How two systems compare.</summary>
    public static string Format(SystemGainVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return verdict.Conclusion switch
        {
            GainKind.Alone => $"At {FormatContexts(verdict)} {verdict.Over} generates nothing; {verdict.System} reaches "
                + $"{WordFormat.List(verdict.Contexts.Select(context => NumberFormat.Rate(context.Tps)))}.",
            GainKind.Faster => FormatFaster(verdict),
            GainKind.Slower => $"Compared with {verdict.Over}, {verdict.System} is "
                + $"{WordFormat.List(verdict.Contexts.Select(FormatSlower))}.{FormatLostBytes(verdict)}",
            GainKind.NoDifference =>
                $"No difference between {verdict.System} and {verdict.Over} is shown at {FormatContexts(verdict)}.",
            _ => FormatTooFew(verdict),
        };
    }

    private static string FormatFaster(SystemGainVerdict verdict)
    {
        var best = verdict.Contexts.MaxBy(context => context.Finding!.Ratio.Value)!;
        var ratio = best.Finding!.Ratio;
        var interval = best.IsLowerBound || ratio.Interval is not { } known
            ? ""
            : $" ({NumberFormat.Ratio(known.Low)} to {NumberFormat.Ratio(known.High)})";
        return $"{verdict.System} is {(best.IsLowerBound ? "at least " : "")}{NumberFormat.Ratio(ratio.Value)} times as fast as "
            + $"{verdict.Over} at {NumberFormat.Context(best.ContextTokens)}{interval}."
            + (best.StorageShare is < 1 and var share ? $" It streams {NumberFormat.Percent(share)} of the bytes for a token." : "");
    }

    // Fewer bytes and still slower: computing costs more than the device saves.
    private static string FormatLostBytes(SystemGainVerdict verdict) => verdict.Contexts.All(context => context.StorageShare is < 1)
        ? $" It streams {WordFormat.List(verdict.Contexts.Select(context => NumberFormat.Percent(context.StorageShare)))} of the bytes for "
            + "a token: on this device its computation costs more than the bytes save."
        : "";

    private static string FormatSlower(ComparedRates context) =>
        $"{NumberFormat.Percent(1 - context.Finding!.Ratio.Value)} slower at {NumberFormat.Context(context.ContextTokens)}";

    private static string FormatTooFew(SystemGainVerdict verdict)
    {
        var largest = verdict.Contexts[^1];
        return $"At {NumberFormat.Context(largest.ContextTokens)} {verdict.System} generates {NumberFormat.Rate(largest.Tps)} and "
            + $"{verdict.Over} {(largest.IsLowerBound ? "at most " : "")}{NumberFormat.Rate(largest.OverTps)}; "
            + $"{SupportFormat.Missing(largest.Finding!)} would show whether that is a difference.";
    }

    private static string FormatContexts(SystemGainVerdict verdict) =>
        WordFormat.List(verdict.Contexts.Select(context => NumberFormat.Context(context.ContextTokens)));
}
