namespace MemoryWall.Core.Trials;

/// <summary>Counts the separate arrivals of a stream's chunks. Chunks that were buffered on their way arrive together.</summary>
internal static class StreamArrivals
{
    /// <summary>Chunks closer together than this arrived as one: no single stream generates 10,000 tokens a second.</summary>
    public static readonly TimeSpan MinGap = TimeSpan.FromMicroseconds(100);

    /// <summary>How many chunks the first arrival consisted of; 0 without a chunk.</summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="minGap">The shortest time between two arrivals.</param>
    public static int CountFirst(IReadOnlyList<StreamMark> marks, TimeSpan minGap)
    {
        var chunks = marks.Where(mark => mark.Kind != MarkKind.Prefill).ToList();
        return chunks.Count == 0
            ? 0
            : 1 + chunks.Zip(chunks.Skip(1)).TakeWhile(pair => !IsApart(pair.First, pair.Second, minGap)).Count();
    }

    /// <summary>How many separate arrivals there were; 0 without a chunk.</summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="minGap">The shortest time between two arrivals.</param>
    public static int Count(IReadOnlyList<StreamMark> marks, TimeSpan minGap)
    {
        var count = 0;
        StreamMark? before = null;
        foreach (var mark in marks)
        {
            if (mark.Kind == MarkKind.Prefill)
                continue;
            if (before is not { } last || IsApart(last, mark, minGap))
                count++;
            before = mark;
        }
        return count;
    }

    // A file may contain any instants, so 64 bits may not hold their difference.
    private static bool IsApart(StreamMark one, StreamMark next, TimeSpan minGap) =>
        (Int128)next.Arrived.Nanoseconds - one.Arrived.Nanoseconds >= (Int128)minGap.Ticks * 100;
}
