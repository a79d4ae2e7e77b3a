using MemoryWall.Analysis;
using MemoryWall.Reporting.Formats;

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
        var sooner = gains.Where(gain => gain.Factor.Value > 1)
            .Select(gain => $"{NumberFormat.Ratio(gain.Factor.Value)} times as soon at {NumberFormat.Context(gain.ContextTokens)}")
            .ToList();
        return sooner.Count > 0
            ? $"When the KV cache is read from {storage} instead of computed, the first token comes {WordFormat.List(sooner)}."
            : $"Reading the KV cache from {storage} brings the first token no sooner than computing it, at "
                + $"{WordFormat.List(gains.Select(gain => NumberFormat.Context(gain.ContextTokens)))}.";
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
