namespace MemoryWall.Core.Primitives;

/// <summary>
/// The pseudorandom generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195). Prompts and synthetic models
/// must have the same bytes for the same seed on every platform and .NET version; <see cref="Random"/> does not promise that.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Creates a generator for a pair of numbers; each pair has its own sequence.</summary>
    public static SplitMix64 FromPair(int seed, int variant) => new(new SplitMix64((ulong)(uint)seed << 32 | (uint)variant).Next());

    /// <summary>Returns the next 64 bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Returns a number from 0 up to, but not including, <paramref name="count"/>. Its bias is below 2⁻³².</summary>
    public int NextBelow(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);
}
