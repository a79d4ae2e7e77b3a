namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Some of the numbers 0 to <paramref name="count"/> − 1, in the order of their last use. Every operation takes constant
/// time.</summary>
internal sealed class UseOrder(int count)
{
    /// <summary>Stands for no number: before the first and after the last.</summary>
    public const int None = -1;

    // A closed ring of links; the last entry is both ends.
    private readonly int[] _earlier = [.. Enumerable.Repeat(None, count), count];
    private readonly int[] _later = [.. Enumerable.Repeat(None, count), count];

    public int Count { get; private set; }

    /// <summary>The number used longest ago.</summary>
    public int Oldest => OrNone(_later[count]);

    /// <summary>The number used last.</summary>
    public int Newest => OrNone(_earlier[count]);

    public bool Contains(int number) => _later[number] != None;

    /// <summary>The number used next after this one.</summary>
    public int LaterThan(int number) => OrNone(_later[number]);

    /// <summary>The number used just before this one.</summary>
    public int EarlierThan(int number) => OrNone(_earlier[number]);

    /// <summary>Uses a number: adds it if it is missing, and makes it the newest.</summary>
    public void Use(int number)
    {
        Remove(number);
        var newest = _earlier[count];
        (_later[newest], _earlier[number], _later[number], _earlier[count]) = (number, newest, count, number);
        Count++;
    }

    public void Remove(int number)
    {
        if (!Contains(number))
            return;
        var (earlier, later) = (_earlier[number], _later[number]);
        (_later[earlier], _earlier[later]) = (later, earlier);
        (_later[number], _earlier[number]) = (None, None);
        Count--;
    }

    private int OrNone(int number) => number == count ? None : number;
}
