using MemoryWall.Core.Time;

namespace MemoryWall.Core.Trials;

/// <summary>Finds the separate arrivals of a stream's chunks. Chunks that were buffered on their way arrive together.</summary>
internal static class StreamArrivals
{
    /// <summary>Chunks closer together than this arrived as one in every stream: no single stream generates 10,000 tokens a
    /// second.</summary>
    public static readonly TimeSpan MinGap = TimeSpan.FromMicroseconds(100);

    /// <summary>How many separate arrivals there were; 0 without a chunk.</summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="minGap">The shortest time between two arrivals.</param>
    public static int Count(IReadOnlyList<StreamMark> marks, TimeSpan minGap) => Split(marks, minGap).Count();

    /// <summary>How many chunks the first arrival consisted of; 0 without a chunk.</summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="minGap">The shortest time between two arrivals.</param>
    public static int CountFirst(IReadOnlyList<StreamMark> marks, TimeSpan minGap) => Split(marks, minGap).FirstOrDefault().Chunks;

    /// <summary>When each arrival began, and how many chunks it consisted of.</summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="minGap">The shortest time between two arrivals.</param>
    public static IEnumerable<(Instant Began, int Chunks)> Split(IReadOnlyList<StreamMark> marks, TimeSpan minGap)
    {
        var (began, last, chunks) = (default(Instant), default(Instant), 0);
        foreach (var mark in marks.Where(mark => mark.Kind != MarkKind.Prefill))
        {
            // A file may contain any instants, so 64 bits may not hold their difference.
            if (chunks > 0 && (Int128)mark.Arrived.Nanoseconds - last.Nanoseconds >= (Int128)minGap.Ticks * 100)
            {
                yield return (began, chunks);
                chunks = 0;
            }
            (began, last, chunks) = (chunks == 0 ? mark.Arrived : began, mark.Arrived, chunks + 1);
        }
        if (chunks > 0)
            yield return (began, chunks);
    }
}
