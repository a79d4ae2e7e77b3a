using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Comparisons;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>The verdict on resuming a KV cache from storage instead of computing it.</summary>
internal static class ResumeVerdicts
{
    /// <summary>One verdict over all contexts; none where nothing was resumed.</summary>
    public static IEnumerable<Verdict> Evaluate(IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Count == 0)
            yield break;
        var sentences = new[] { FormatGain(gains), FormatBreakEven(gains), FormatPageCache(gains) }.OfType<string>();
        yield return new Verdict(VerdictTopic.Resume, string.Join(" ", sentences), [.. gains.SelectMany(gain => gain.Trials).Order()]);
    }

    private static string FormatGain(IReadOnlyList<ResumeGain> gains)
    {
        var storage = gains.Any(gain => gain.IsEmulated) ? "emulated storage" : "storage";
        var parts = new[]
        {
            FormatContexts(gains, finding => finding.Verdict == RatioVerdict.Higher, "{0} times as soon at {1}"),
            FormatContexts(gains, finding => finding.Verdict == RatioVerdict.Lower, "{0} times as soon at {1}"),
            FormatContexts(gains, finding => finding.Verdict == RatioVerdict.NoDifferenceShown,
                "{0} times as soon at {1}, which is no difference beyond the spread"),
            FormatContexts(gains, finding => finding.Verdict == RatioVerdict.TooFew,
                "{0} times as soon at {1}, which too few repetitions were run to confirm"),
        };
        return $"When the KV cache is read from {storage} instead of computed, the first token comes "
            + $"{string.Join("; ", parts.OfType<string>())}.";
    }

    private static string? FormatContexts(IReadOnlyList<ResumeGain> gains, Func<RatioFinding, bool> holds, string words)
    {
        var found = gains.Where(gain => holds(gain.Finding)).ToList();
        return found.Count == 0
            ? null
            : string.Format(CultureInfo.InvariantCulture, words,
                WordFormat.List(found.Select(gain => NumberFormat.Ratio(gain.Factor.Value))),
                WordFormat.List(found.Select(gain => NumberFormat.Context(gain.ContextTokens))));
    }

    private static string? FormatBreakEven(IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Any(gain => gain.BreakEvenBytesPerSecond is null))
            return null;
        var highest = gains.MaxBy(gain => gain.BreakEvenBytesPerSecond)!;
        return $"It is faster at all of these contexts if storage reads more than {NumberFormat.Bytes(highest.BreakEvenBytesPerSecond)}/s "
            + $"(the break-even at {NumberFormat.Context(highest.ContextTokens)}).";
    }

    private static string? FormatPageCache(IReadOnlyList<ResumeGain> gains) => gains.Any(gain => gain.IsThroughPageCache)
        ? "The server reads saved states through its page cache, which may still contain them: the speed is not that of its storage."
        : null;
}
