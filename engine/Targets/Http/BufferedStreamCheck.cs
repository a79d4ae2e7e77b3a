using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Answers that were held back on their way: by a server that takes no notice of <c>stream</c>, or by a proxy that collects before it
/// passes on. Their first chunk comes when many tokens have been made, so its arrival is no end of prefill.
/// </summary>
internal static class BufferedStreamCheck
{
    // Chunks nearer to each other came in one piece: ten thousand a second are no single stream's generation today.
    private static readonly TimeSpan s_minGap = TimeSpan.FromMicroseconds(100);
    private const int MinTokensPerBurst = 8;

    /// <summary>Whether the answer came in so few pieces that their arrival tells nothing of when its tokens were made.</summary>
    /// <param name="marks">What arrived, in order.</param>
    /// <param name="tokens">Tokens generated, as the target counts them; null where it does not, and then each chunk is taken for
    /// one.</param>
    public static bool IsBuffered(IReadOnlyList<StreamMark> marks, int? tokens)
    {
        var chunks = marks.Where(mark => mark.Kind != MarkKind.Prefill).Select(mark => mark.Arrived).ToList();
        if (chunks.Count == 0)
            return false;
        var pieces = 1 + chunks.Zip(chunks.Skip(1), (one, next) => next.Since(one)).Count(gap => gap >= s_minGap);
        return Math.Max(tokens ?? 0, chunks.Count) >= (long)MinTokensPerBurst * pieces;
    }
}
