using System.Globalization;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>How the repetitions of one context differ, in words.</summary>
internal static class SpreadPhrases
{
    /// <summary>Repetitions that are outliers.</summary>
    public static string Format(OutlierVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"At {NumberFormat.Context(verdict.ContextTokens)} the {PhaseName.Format(verdict.Phase)} rate of "
            + $"{WordFormat.Trials(verdict.Trials)} is an outlier "
            + $"({WordFormat.List(verdict.OutlierTps.Select(rate => NumberFormat.Rate(rate)))}; the median is "
            + $"{NumberFormat.Rate(verdict.MedianTps)}); it is not dropped.";
    }

    /// <summary>Repetitions in two groups.</summary>
    public static string Format(TwoGroupsVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"At {NumberFormat.Context(verdict.ContextTokens)} the {PhaseName.Format(verdict.Phase)} rate has two levels (dip test, "
            + $"{NumberFormat.PValue(verdict.P)}): the system is in one of two states, and the median describes neither.";
    }

    /// <summary>Pauses between tokens.</summary>
    public static string Format(StallVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var longest = verdict.Stalls.MaxBy(stall => stall.Seconds)!;
        var were = verdict.Stalls.Count == 1 ? "was" : "were";
        return string.Create(CultureInfo.InvariantCulture,
            $"At {NumberFormat.Context(verdict.ContextTokens)}, {verdict.Stalls.Count} of {verdict.Gaps} times between tokens {were} "
                + $"more than {verdict.MinFactor} times the median of {NumberFormat.Duration(verdict.MedianSeconds)}; the longest was "
                + $"{NumberFormat.Duration(longest.Seconds)}, in trial {longest.Trial} "
                + $"after {WordFormat.Count(longest.AfterTokens, "token")}.");
    }
}
