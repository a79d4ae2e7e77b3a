using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Fills a tiered KV cache with random values for synthetic depth, in memory and in the spill file.</summary>
internal static class TieredKvFiller
{
    public static void FillRandom(KvTier kv)
    {
        var block = RandomKvFiller.CreateRandomBlock();
        using var memory = PageBuffer.AllocateResident(block.Length);
        Marshal.Copy(block, 0, memory.Address, block.Length);
        kv.ReplaceContents((int)kv.Rows.Min(rows => rows.Cells), () =>
        {
            foreach (var rows in kv.Rows)
                for (long at = 0; at < rows.PaddedBytes; at += block.Length)
                    kv.WriteRows(rows, at, memory.Address, Math.Min(block.Length, rows.PaddedBytes - at));
        });
    }
}
