using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>How times and rates depend on the context, in words.</summary>
internal static class RatePhrases
{
    /// <summary>Which phase takes most of the time.</summary>
    public static string Format(DominanceVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var shares = WordFormat.List(verdict.Contexts.Select(
            context => $"{NumberFormat.Percent(context.PrefillShare)} at {NumberFormat.Context(context.ContextTokens)}"));
        string?[] parts =
        [
            FormatWhere(verdict, "prefill dominates", DominantPhase.Prefill),
            FormatWhere(verdict, "generation dominates", DominantPhase.Generation),
            FormatWhere(verdict, "neither dominates", DominantPhase.Neither),
        ];
        return $"Prefill's share of the time is {shares}: {string.Join("; ", parts.OfType<string>())}.";
    }

    /// <summary>How a rate changes from the smallest to the largest context.</summary>
    public static string Format(RateChangeVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var range = $"From {NumberFormat.Context(verdict.From.ContextTokens)} to {NumberFormat.Context(verdict.To.ContextTokens)} the "
            + $"{PhaseName.Format(verdict.Phase)} rate";
        var rates = $"{NumberFormat.Rate(verdict.From.MedianTps)} to {NumberFormat.Rate(verdict.To.MedianTps)}";
        var factor = $"a factor of {NumberFormat.Ratio(verdict.Finding.Ratio.Value)}";
        return verdict.Finding.Verdict switch
        {
            RatioVerdict.Lower => $"{range} falls from {rates}, {factor}",
            RatioVerdict.Higher => $"{range} rises from {rates}, {factor}",
            RatioVerdict.TooFew =>
                $"{range} goes from {rates}; {SupportFormat.Missing(verdict.Finding)} would show whether it is a change",
            _ => $"{range} goes from {rates}, a change within the spread of the repetitions",
        } + FormatBetween(verdict) + ".";
    }

    private static string? FormatWhere(DominanceVerdict verdict, string what, DominantPhase dominant)
    {
        var names = verdict.Contexts.Where(context => context.Dominant == dominant)
            .Select(context => NumberFormat.Context(context.ContextTokens)).ToList();
        return names.Count == 0 ? null : $"{what} at {WordFormat.List(names)}";
    }

    private static string FormatBetween(RateChangeVerdict verdict)
    {
        var extremes = new[] { FormatExtreme("highest", verdict.HighestBetween), FormatExtreme("lowest", verdict.LowestBetween) }
            .OfType<string>().ToList();
        return extremes.Count == 0 ? "" : $"; in between it is {WordFormat.List(extremes)}";
    }

    private static string? FormatExtreme(string name, ContextRate? rate) => rate is null
        ? null
        : $"{name} at {NumberFormat.Context(rate.ContextTokens)} ({NumberFormat.Rate(rate.MedianTps)})";
}
