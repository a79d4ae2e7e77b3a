namespace MemoryWall.Analysis.Sessions;

/// <summary>One request of a recorded trace.</summary>
/// <param name="TimestampMilliseconds">When it arrived, after the start of the trace.</param>
/// <param name="InputTokens">Prompt tokens, 1 or more.</param>
/// <param name="OutputTokens">Tokens of the answer, 1 or more.</param>
/// <param name="HashIds">One number for each block of <see cref="BlockTokens"/> prompt tokens, the last of which may be shorter: equal
/// numbers are equal text after an equal beginning. The ids of the file, numbered from 0 by their first appearance.</param>
internal sealed record TraceRequest(long TimestampMilliseconds, int InputTokens, int OutputTokens, int[] HashIds)
{
    /// <summary>Prompt tokens of a block of the format.</summary>
    public const int BlockTokens = 512;
}
