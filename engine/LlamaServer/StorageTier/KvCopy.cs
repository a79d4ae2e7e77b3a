namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The cells of a conversation in memory, laid out as in a file.</summary>
internal sealed class KvCopy : IDisposable
{
    private readonly PageBuffer _memory;

    /// <param name="kv">The KV cache.</param>
    /// <param name="conversation">The tokens of the cells.</param>
    /// <exception cref="TierException">The address space is exhausted.</exception>
    public KvCopy(KvTier kv, Conversation conversation)
    {
        Conversation = conversation;
        _memory = PageBuffer.Reserve(KvPiece.CountBytes(kv, conversation.Tokens.Length));
        // Direct reads and copies are faster in huge pages.
        _memory.UseHugePages();
    }

    public Conversation Conversation { get; }

    public long Bytes => _memory.Bytes;

    public nint AddressOf(KvPiece piece) => _memory.Address + (nint)piece.Offset;

    /// <summary>Copies the cells from the KV cache.</summary>
    public void Fill(KvTier kv)
    {
        kv.Flush();
        foreach (var piece in KvPiece.Enumerate(kv, Conversation.Tokens.Length, DirectFile.MaxTransferBytes))
            kv.ReadCells(piece, AddressOf(piece));
    }

    /// <summary>Copies the first cells into the KV cache.</summary>
    public void Restore(KvTier kv, int tokens) => kv.ReplaceContents(tokens, () =>
    {
        foreach (var piece in KvPiece.Enumerate(kv, Conversation.Tokens.Length, DirectFile.MaxTransferBytes, tokens))
            kv.WriteRows(piece.Rows, piece.At, AddressOf(piece), piece.Bytes);
    });

    public void Dispose() => _memory.Dispose();
}
