using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>Prefill as a curve over depth, from the progress marks of a trial.</summary>
internal static class PrefillCurve
{
    /// <summary>
    /// Tokens per second of the last part of a prefill, on the target's own clock where it reports one, otherwise on the client's. It
    /// begins at the last mark that is not deeper than <paramref name="from"/>.
    /// </summary>
    /// <param name="marks">A trial's marks in order; may be null.</param>
    /// <param name="from">Tokens before that part, 0 or more; null for none.</param>
    /// <param name="to">Tokens at its end.</param>
    /// <returns>The rate; null where the marks do not contain it.</returns>
    public static double? RateAtDepth(IReadOnlyList<StreamMark>? marks, int? from, int to)
    {
        var points = (marks ?? []).Where(mark => mark is { Kind: MarkKind.Prefill, Tokens: not null }).ToList();
        if (from is not { } start || points.FindIndex(mark => mark.Tokens == to) is not (>= 0 and var last))
            return null;
        var first = points.FindLastIndex(last, mark => mark.Tokens <= start);
        var end = points[last];
        if (first < 0)
            return end.Native is { } whole ? Rate(to, whole) : null;
        var begin = points[first];
        return Rate(to - begin.Tokens!.Value,
            end.Native is { } later && begin.Native is { } earlier ? later - earlier : end.Arrived.Since(begin.Arrived));
    }

    /// <summary>Tokens per second between each two neighbouring progress marks, at the middle of their tokens; on the target's own clock
    /// where all marks have it, otherwise on the client's.</summary>
    /// <param name="marks">A trial's marks in order; may be null.</param>
    public static IReadOnlyList<(double Tokens, double PerSecond)> Rates(IReadOnlyList<StreamMark>? marks)
    {
        var points = (marks ?? []).Where(mark => mark is { Kind: MarkKind.Prefill, Tokens: not null }).ToList();
        var isNative = points.All(mark => mark.Native is not null);
        double At(StreamMark mark) => isNative ? mark.Native!.Value.TotalSeconds : mark.Arrived.Seconds;
        return
        [
            .. from pair in points.Zip(points.Skip(1), (before, after) => (Before: before, After: after))
               let tokens = pair.After.Tokens!.Value - pair.Before.Tokens!.Value
               let seconds = At(pair.After) - At(pair.Before)
               where tokens > 0 && seconds > 0
               select ((pair.Before.Tokens!.Value + pair.After.Tokens!.Value) / 2.0, tokens / seconds),
        ];
    }

    private static double? Rate(int tokens, TimeSpan time) => tokens > 0 && time > TimeSpan.Zero ? tokens / time.TotalSeconds : null;
}
