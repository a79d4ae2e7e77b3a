namespace MemoryWall.Prompts;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195). Own code because a prompt must be the same text on every
/// platform and .NET version for one seed, which the documentation of <see cref="Random"/> does not promise.
/// </summary>
internal struct SplitMix(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>A generator for a pair of numbers; each pair has its own sequence.</summary>
    public static SplitMix For(int seed, int variant)
    {
        var outer = new SplitMix((ulong)(uint)seed << 32 | (uint)variant);
        return new SplitMix(outer.Next());
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += Golden;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 up to, not including, <paramref name="count"/>; its bias is below 2⁻³².</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);
}
