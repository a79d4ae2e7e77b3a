using MemoryWall.Models.Gguf;

namespace MemoryWall.Embedded.Synthetic;

/// <summary>
/// Random weights of a variance that keeps activations of a deep model finite: standard deviation 1/√(fan-in). A block of some
/// megabytes is drawn once for each type and fan-in and read from another place for each tensor, which makes writing as fast as
/// the disk while no two layers are alike.
/// </summary>
internal sealed class RandomWeights(int seed)
{
    private const int PoolBytes = 8 << 20;

    // Standard deviation of what the block formats hold before the scale: integers −128…127 in Q8_0, nibbles minus 8 in Q4_0.
    private const double Q8Deviation = 73.9;
    private const double Q4Deviation = 4.61;

    private readonly Random _random = new(seed);
    private readonly Dictionary<(string Type, long FanIn), byte[]> _pools = [];

    /// <summary>A writer of one tensor's bytes; where it begins in the pool is drawn now, in the order of the tensors.</summary>
    public Action<Stream> Of(GgmlType type, long[] dimensions)
    {
        var bytes = type.BytesOf(dimensions.Aggregate(1L, (product, size) => product * size));
        if (type.Name == "F32")
            return stream => WriteOnes(stream, bytes);
        if (!_pools.TryGetValue((type.Name, dimensions[0]), out var pool))
            _pools[(type.Name, dimensions[0])] = pool = Draw(type, dimensions[0]);
        var start = _random.Next(pool.Length / type.BlockBytes) * type.BlockBytes;
        return stream => WritePool(stream, pool, start, bytes);
    }

    private byte[] Draw(GgmlType type, long fanIn)
    {
        var deviation = 1 / Math.Sqrt(fanIn);
        var blocks = PoolBytes / type.BlockBytes;
        var pool = new byte[blocks * type.BlockBytes];
        _random.NextBytes(pool);
        for (var i = 0; i < blocks; i++)
        {
            // The scale stands first in a block, or is the value itself; whatever bits were drawn there could be NaN.
            var value = type.Name switch
            {
                "Q8_0" => deviation / Q8Deviation,
                "Q4_0" => deviation / Q4Deviation,
                _ => (_random.NextDouble() * 2 - 1) * Math.Sqrt(3) * deviation,
            };
            BitConverter.TryWriteBytes(pool.AsSpan(i * type.BlockBytes), (Half)value);
        }
        return pool;
    }

    private static void WritePool(Stream stream, byte[] pool, int start, long bytes)
    {
        for (var at = start; bytes > 0; at = 0)
        {
            var count = (int)Math.Min(bytes, pool.Length - at);
            stream.Write(pool, at, count);
            bytes -= count;
        }
    }

    private static void WriteOnes(Stream stream, long bytes)
    {
        Span<byte> one = stackalloc byte[sizeof(float)];
        BitConverter.TryWriteBytes(one, 1f);
        for (var i = 0L; i < bytes; i += sizeof(float))
            stream.Write(one);
    }
}
