using System.Runtime.InteropServices;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Fills the KV cache with random values wherever its layers lie, for depths that are reached without computing.</summary>
internal static class KvFill
{
    public static void Random(KvTier kv)
    {
        var block = KvCells.RandomBlock();
        using var memory = Pages.Resident(block.Length);
        Marshal.Copy(block, 0, memory.Address, block.Length);
        kv.Changed((int)kv.Rows.Min(rows => rows.Cells), () =>
        {
            foreach (var rows in kv.Rows)
                for (long at = 0; at < rows.Room; at += block.Length)
                    kv.Set(rows, at, memory.Address, Math.Min(block.Length, rows.Room - at));
        });
    }
}
