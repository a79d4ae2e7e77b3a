using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>Answers of one JSON object a line.</summary>
internal static class NdjsonReader
{
    /// <summary>Hands each line that is not blank, with its arrival, to <paramref name="parse"/>, until that returns false.</summary>
    public static async Task ReadAsync(LineReader lines, Func<ReadOnlyMemory<byte>, Instant, bool> parse, CancellationToken cancellation)
    {
        while (await lines.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!lines.Line.IsEmpty && !parse(lines.Line, lines.Arrived))
                return;
        }
    }
}
