namespace MemoryWall.Analysis.Sessions;

/// <summary>Where the first blocks of a prompt were found.</summary>
/// <param name="Ram">Blocks from RAM.</param>
/// <param name="Storage">Blocks from storage.</param>
/// <param name="IsLastFromStorage">Whether the last of them came from storage.</param>
internal readonly record struct BlockHits(int Ram, int Storage, bool IsLastFromStorage)
{
    /// <summary>All found blocks.</summary>
    public int Blocks => Ram + Storage;
}

/// <summary>
/// A prefix cache of blocks over RAM and storage, both by least recent use. A block that leaves RAM is written to storage unless its copy
/// is still there; one that is found on storage comes back to RAM, and its copy stays.
/// </summary>
/// <param name="blocks">How many different blocks there are.</param>
/// <param name="ramBlocks">Blocks that fit into RAM.</param>
/// <param name="storageBlocks">Blocks that fit on storage, 0 without it.</param>
internal sealed class CacheHierarchy(int blocks, long ramBlocks, long storageBlocks)
{
    private readonly BlockCache _ram = new(blocks, ramBlocks);
    private readonly BlockCache _storage = new(blocks, storageBlocks);

    /// <summary>Blocks that were written to storage.</summary>
    public long Written { get; private set; }

    /// <summary>Blocks that left the last of the memories and would have to be computed again.</summary>
    public long Dropped { get; private set; }

    /// <summary>Looks up a prompt and keeps its blocks. Only a beginning without a gap is found, because each block rests on all before
    /// it.</summary>
    /// <param name="prompt">The blocks.</param>
    public BlockHits Serve(IReadOnlyList<int> prompt)
    {
        var (ram, storage, isLastFromStorage) = (0, 0, false);
        foreach (var block in prompt)
        {
            var isInRam = _ram.Contains(block);
            if (!isInRam && !_storage.Contains(block))
                break;
            (ram, storage, isLastFromStorage) = (ram + (isInRam ? 1 : 0), storage + (isInRam ? 0 : 1), !isInRam);
        }
        // The last block first, so that the end of a prompt is dropped before its beginning, without which it is of no use.
        for (var place = prompt.Count - 1; place >= 0; place--)
        {
            if (_ram.Use(prompt[place]) is { } left)
                Demote(left);
        }
        return new BlockHits(ram, storage, isLastFromStorage);
    }

    private void Demote(int block)
    {
        var isThere = _storage.Contains(block);
        var left = _storage.Use(block);
        if (!isThere && left != block)
            Written++;
        if (left is not null)
            Dropped++;
    }
}
