namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The tokens of a conversation whose cells are kept.</summary>
/// <param name="Tokens">The tokens, one for each cell.</param>
/// <param name="WholeBatchTokens">Tokens from the first that were computed in whole batches, as a computed prompt has them.</param>
internal sealed record Conversation(int[] Tokens, int WholeBatchTokens)
{
    /// <summary>So few tokens are computed about as fast as they are found and loaded.</summary>
    public const int MinTokens = 64;

    /// <summary>Tokens from the first that a prompt can use.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="batchTokens">The size of a batch, where only whole batches may be used; null where any cell may.</param>
    public int CountUsable(ReadOnlySpan<int> prompt, int? batchTokens)
    {
        var common = Tokens.AsSpan().CommonPrefixLength(prompt);
        return batchTokens is { } batch ? Math.Min(common, WholeBatchTokens) / batch * batch : common;
    }

    /// <summary>Whether the cells of another conversation are among these.</summary>
    public bool Contains(Conversation other) =>
        WholeBatchTokens >= other.WholeBatchTokens && Tokens.AsSpan().StartsWith(other.Tokens);

    /// <summary>Whether this conversation goes on where another one ended, which is then not needed any more.</summary>
    public bool Continues(Conversation other) =>
        // The end of the earlier one is often another one: the answer is tokenized again as part of a longer text.
        other.WholeBatchTokens <= WholeBatchTokens
            && Tokens.AsSpan().CommonPrefixLength(other.Tokens) > other.Tokens.Length - MinTokens;
}
