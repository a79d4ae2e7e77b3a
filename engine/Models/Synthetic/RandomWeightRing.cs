using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using MemoryWall.Core.Primitives;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Synthetic;

/// <summary>
/// A ring of random weights of one standard deviation, in their stored form. Tensors are filled by writing the ring repeatedly, so a file
/// of gigabytes needs only megabytes of random weights. The ring has a prime number of blocks, so each row of a matrix starts at another
/// block: no two rows of a vocabulary are equal, which would give equal logits.
/// </summary>
internal sealed class RandomWeightRing
{
    /// <summary>Maximum number of rows without two equal ones.</summary>
    public const int MaxRows = QuantizedPeriod;

    // Blocks of a ring: the first primes above 2^18 and 2^21, so that every ring takes a few MiB.
    private const int QuantizedPeriod = 262_147;
    private const int PlainPeriod = 2097169;

    // Root mean squares of the values of a block, in units of its scale. The lowest value is mapped to 0, so that the mean is 0: over
    // thousands of columns a mean would dominate the result.
    private const double RmsQ4 = 4.183300; // sqrt(2 (1² + … + 7²) / 16)
    private const double RmsQ8 = 73.46768; // sqrt(2 (1² + … + 127²) / 256)

    private readonly byte[] _bytes;
    private readonly int _blockBytes;
    private readonly int _blockElements;

    /// <summary>Creates a ring of weights with a mean of 0.</summary>
    public RandomWeightRing(GgmlType type, double deviation, ulong seed)
    {
        var random = new SplitMix64(seed);
        (_blockElements, _blockBytes) = GgmlTypes.BlockSize(type)!.Value;
        _bytes = new byte[(type == GgmlType.F16 ? PlainPeriod : QuantizedPeriod) * _blockBytes];
        Action<Span<byte>> fill = type switch
        {
            GgmlType.F16 => block => FillF16(block, deviation, ref random),
            GgmlType.Q8_0 => block => FillQ8(block, deviation, ref random),
            GgmlType.Q4_0 => block => FillQ4(block, deviation, ref random),
            _ => throw new ArgumentException($"no random weights of type {type}", nameof(type)),
        };
        for (var start = 0; start < _bytes.Length; start += _blockBytes)
            fill(_bytes.AsSpan(start, _blockBytes));
    }

    /// <summary>Writes part of a matrix.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="bytes">Number of bytes, a whole number of blocks.</param>
    /// <param name="phase">Where the matrix starts in the ring, modulo the ring's length.</param>
    /// <param name="elementsBefore">Elements of the matrix before this part.</param>
    public void Write(Stream stream, long bytes, ulong phase, long elementsBefore = 0)
    {
        var blocks = (ulong)(_bytes.Length / _blockBytes);
        var at = (int)((phase % blocks + (ulong)(elementsBefore / _blockElements)) % blocks) * _blockBytes;
        while (bytes > 0)
        {
            var part = (int)Math.Min(bytes, _bytes.Length - at);
            stream.Write(_bytes, at, part);
            bytes -= part;
            at = (at + part) % _bytes.Length;
        }
    }

    // A ring is filled by a quarter of a million calls before the runtime would compile these well by itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillF16(Span<byte> block, double deviation, ref SplitMix64 random)
    {
        // Uniform over ±sqrt(3) standard deviations.
        var uniform = (random.Next() >> 11) * (2.0 / (1L << 53)) - 1;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)(uniform * Math.Sqrt(3) * deviation));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillQ8(Span<byte> block, double deviation, ref SplitMix64 random)
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)(deviation / RmsQ8));
        for (var i = 2; i < block.Length; i += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(block[i..], random.Next());
        foreach (ref var value in block[2..])
            value = value == 0x80 ? (byte)0 : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillQ4(Span<byte> block, double deviation, ref SplitMix64 random)
    {
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)(deviation / RmsQ4));
        for (var i = 2; i < block.Length; i += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(block[i..], random.Next());
        foreach (ref var pair in block[2..])
            pair = (byte)(Centred(pair & 0xF) | (Centred(pair >> 4) << 4));
    }

    /// <summary>A stored half byte means its value minus 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Centred(int nibble) => nibble == 0 ? 8 : nibble;
}
