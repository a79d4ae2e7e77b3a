namespace MemoryWall.Core.Trials;

/// <summary>Counts the separate arrivals of a stream's chunks. Chunks that were buffered on their way arrive together.</summary>
internal static class StreamArrivals
{
    /// <summary>Chunks closer together than this arrived as one: no single stream generates 10,000 tokens a second.</summary>
    public static readonly TimeSpan MinGap = TimeSpan.FromMicroseconds(100);

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
            // A file may contain any instants, so 64 bits may not hold their difference.
            if (before is not { } last || (Int128)mark.Arrived.Nanoseconds - last.Arrived.Nanoseconds >= (Int128)minGap.Ticks * 100)
                count++;
            before = mark;
        }
        return count;
    }
}
