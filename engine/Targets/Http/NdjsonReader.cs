using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>Reads answers with one JSON object per line.</summary>
internal static class NdjsonReader
{
    /// <summary>Passes each non-empty line and its arrival time to <paramref name="parse"/>, until that returns false.</summary>
    public static async Task ReadAsync(LineReader lines, Func<ReadOnlyMemory<byte>, Instant, bool> parse, CancellationToken cancellation)
    {
        while (await lines.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!lines.Line.IsEmpty && !parse(lines.Line, lines.Arrived))
                return;
        }
    }
}
