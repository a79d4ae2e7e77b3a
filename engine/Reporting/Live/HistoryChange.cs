using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Live;

/// <summary>How a run differs from the one before it, in a few words. Only what the rule for differences calls one is said.</summary>
internal static class HistoryChange
{
    /// <summary>Whether two runs have enough trials for any difference; a cheap look before the comparison.</summary>
    public static bool CanDiffer(Run before, Run after) => MostRepetitions(before) >= ReviewRules.Default.Comparison.MinPairs
        && MostRepetitions(after) >= ReviewRules.Default.Comparison.MinPairs;

    /// <summary>The words; a dash where no difference is shown.</summary>
    /// <param name="comparison">The run before as the first, the later one as the second.</param>
    public static string Format(Comparison comparison)
    {
        var words = new[] { ComparedQuantity.TtftSeconds, ComparedQuantity.GenerationTps }
            .Select(quantity => FormatQuantity(comparison, quantity)).OfType<string>().ToList();
        return words.Count > 0 ? string.Join(", ", words) : NumberFormat.Absent;
    }

    // Over all contexts where that is a difference, else at the largest context that shows one.
    private static string? FormatQuantity(Comparison comparison, ComparedQuantity quantity)
    {
        if (comparison.Overall.FirstOrDefault(entry => entry.Quantity == quantity) is { Finding.IsDifference: true } overall)
            return FormatRatio(quantity, overall.Finding, "");
        return comparison.Contexts.Where(entry => entry.Quantity == quantity && entry.Concurrency == 1 && entry.Finding.IsDifference)
            .MaxBy(entry => entry.ContextTokens) is { } context
                ? FormatRatio(quantity, context.Finding, $" at {NumberFormat.Context(context.ContextTokens)}")
                : null;
    }

    private static string FormatRatio(ComparedQuantity quantity, RatioFinding finding, string place)
    {
        var isBetter = (quantity == ComparedQuantity.TtftSeconds) == (finding.Verdict == RatioVerdict.Lower);
        var name = quantity == ComparedQuantity.TtftSeconds ? "TTFT" : "tokens/s";
        return $"{name} × {NumberFormat.Ratio(finding.Ratio.Value)}{place} ({(isBetter ? "better" : "worse")})";
    }

    private static int MostRepetitions(Run run) => run.Trials
        .Where(trial => trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup))
        .GroupBy(trial => (trial.ContextTokens, trial.Concurrency)).Select(group => group.Count()).DefaultIfEmpty().Max();
}
