namespace MemoryWall.Analysis.Sessions;

/// <summary>A cache of blocks that drops the least recently used one when it is full.</summary>
/// <param name="blocks">How many different blocks there are; their numbers are below it.</param>
/// <param name="capacity">How many of them it holds.</param>
internal sealed class BlockCache(int blocks, long capacity)
{
    // A list through all blocks, whose ends meet in an entry of its own; a block outside has no neighbours.
    private const int Outside = -1;
    private readonly int[] _newer = Fill(blocks);
    private readonly int[] _older = Fill(blocks);
    private long _count;

    /// <summary>Whether it holds a block.</summary>
    public bool Contains(int block) => _newer[block] != Outside;

    /// <summary>Makes a block the most recently used one; it is added where it is missing.</summary>
    /// <param name="block">The block.</param>
    /// <returns>The block that had to leave, which is the added one where there is no room at all; null for none.</returns>
    public int? Use(int block)
    {
        if (Contains(block))
        {
            Remove(block);
            Add(block);
            return null;
        }
        if (capacity <= 0)
            return block;
        int? dropped = null;
        if (_count == capacity)
        {
            dropped = _newer[blocks];
            Remove(dropped.Value);
        }
        Add(block);
        return dropped;
    }

    private void Add(int block)
    {
        var newest = _older[blocks];
        (_older[block], _newer[block]) = (newest, blocks);
        (_newer[newest], _older[blocks]) = (block, block);
        _count++;
    }

    private void Remove(int block)
    {
        var (older, newer) = (_older[block], _newer[block]);
        (_newer[older], _older[newer]) = (newer, older);
        (_newer[block], _older[block]) = (Outside, Outside);
        _count--;
    }

    private static int[] Fill(int blocks)
    {
        var entries = new int[blocks + 1];
        Array.Fill(entries, Outside);
        entries[blocks] = blocks;
        return entries;
    }
}
