namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A part of the first cells of one layer's keys or values, in whole pages.</summary>
/// <param name="Rows">The keys or values.</param>
/// <param name="At">Offset of the part in them.</param>
/// <param name="Bytes">Bytes of the part.</param>
/// <param name="UsedBytes">The bytes of it that belong to the cells; what follows fills the last page.</param>
/// <param name="Offset">Offset of the part in a copy of the cells, or in a file after its header.</param>
internal readonly record struct KvPiece(KvRows Rows, long At, long Bytes, long UsedBytes, long Offset)
{
    /// <summary>Bytes of a copy of the first cells.</summary>
    public static long CountBytes(KvTier kv, int tokens) => kv.Rows.Sum(rows => PageBuffer.RoundUp(rows.RowBytes * tokens));

    /// <summary>The parts of a copy of the first cells, in its order.</summary>
    /// <param name="kv">The KV cache.</param>
    /// <param name="tokens">The cells of the copy.</param>
    /// <param name="most">The most bytes of a part.</param>
    /// <param name="used">How many of the cells are wanted, from the first; absent for all.</param>
    public static IEnumerable<KvPiece> Enumerate(KvTier kv, int tokens, long most, int? used = null)
    {
        long offset = 0;
        foreach (var rows in kv.Rows)
        {
            var wanted = rows.RowBytes * (used ?? tokens);
            for (long at = 0, end = PageBuffer.RoundUp(wanted); at < end; at += most)
            {
                var bytes = Math.Min(most, end - at);
                yield return new KvPiece(rows, at, bytes, Math.Min(bytes, wanted - at), offset + at);
            }
            offset += PageBuffer.RoundUp(rows.RowBytes * tokens);
        }
    }
}
