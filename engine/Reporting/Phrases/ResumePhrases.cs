using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What resuming a KV cache from storage brings, in words.</summary>
internal static class ResumePhrases
{
    /// <summary>How much sooner the first token comes, and what storage must reach for it.</summary>
    public static string Format(ResumeVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return string.Join(" ", new[] { FormatGain(verdict), FormatBreakEven(verdict), FormatPageCache(verdict) }.OfType<string>());
    }

    private static string FormatGain(ResumeVerdict verdict)
    {
        var storage = verdict.IsEmulated ? "emulated storage" : "storage";
        string?[] parts =
        [
            FormatContexts(verdict, RatioVerdict.Higher, ""),
            FormatContexts(verdict, RatioVerdict.Lower, ""),
            FormatContexts(verdict, RatioVerdict.NoDifferenceShown, ", which is no difference beyond the spread"),
            FormatContexts(verdict, RatioVerdict.TooFew, ", which too few repetitions were run to confirm"),
        ];
        return $"When the KV cache is read from {storage} instead of computed, the first token comes "
            + $"{string.Join("; ", parts.OfType<string>())}.";
    }

    private static string? FormatContexts(ResumeVerdict verdict, RatioVerdict conclusion, string remark)
    {
        var found = verdict.Contexts.Where(gain => gain.Finding.Verdict == conclusion).ToList();
        return found.Count == 0
            ? null
            : $"{WordFormat.List(found.Select(gain => NumberFormat.Ratio(gain.Factor.Value)))} times as soon at "
                + $"{WordFormat.List(found.Select(gain => NumberFormat.Context(gain.ContextTokens)))}{remark}";
    }

    private static string? FormatBreakEven(ResumeVerdict verdict) =>
        verdict is { BreakEvenBytesPerSecond: { } speed, BreakEvenTokens: { } context }
            ? $"It is faster at all of these contexts if storage reads more than {NumberFormat.Bytes(speed)}/s "
                + $"(the break-even at {NumberFormat.Context(context)})."
            : null;

    private static string? FormatPageCache(ResumeVerdict verdict) => verdict.IsThroughPageCache
        ? "The server reads saved states through its page cache, which may still contain them: the speed is not that of its storage."
        : null;
}
