using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Detects answers that were buffered on their way: by a server that ignores <c>stream</c>, or by a buffering proxy. Their first chunk
/// arrives after many tokens were generated, so its arrival does not mark the end of prefill.
/// </summary>
internal static class BufferedStreamCheck
{
    // Chunks closer together arrived as one piece: no single stream generates 10,000 tokens a second.
    private static readonly TimeSpan s_minGap = TimeSpan.FromMicroseconds(100);
    private const int MinTokensPerBurst = 8;

    /// <summary>Whether the answer arrived in so few pieces that arrival times do not show when its tokens were generated.</summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="tokens">Tokens generated, as the target counts them; null where it does not, and then each chunk counts as one
    /// token.</param>
    public static bool IsBuffered(IReadOnlyList<StreamMark> marks, int? tokens)
    {
        var chunks = marks.Where(mark => mark.Kind != MarkKind.Prefill).Select(mark => mark.Arrived).ToList();
        if (chunks.Count == 0)
            return false;
        var pieces = 1 + chunks.Zip(chunks.Skip(1), (one, next) => next.Since(one)).Count(gap => gap >= s_minGap);
        return Math.Max(tokens ?? 0, chunks.Count) >= (long)MinTokensPerBurst * pieces;
    }
}
