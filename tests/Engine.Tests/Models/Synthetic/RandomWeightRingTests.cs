using System.Buffers.Binary;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Engine.Tests.Models.Synthetic;

public sealed class RandomWeightRingTests
{
    private const int Numbers = 1 << 20;

    /// <summary>The numbers that ggml decodes from the bytes.</summary>
    private static double[] DecodeNumbers(GgmlType type, double deviation, ulong seed, ulong phase = 0)
    {
        var stream = new MemoryStream();
        new RandomWeightRing(type, deviation, seed).Write(stream, GgmlTypes.TensorBytes(type, [Numbers])!.Value, phase);
        var bytes = stream.ToArray();
        return type switch
        {
            GgmlType.F16 =>
                [.. Enumerable.Range(0, Numbers).Select(i => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(2 * i)))],
            GgmlType.Q8_0 => [.. bytes.Chunk(34).SelectMany(block => block.Skip(2).Select(value => (sbyte)value * Scale(block)))],
            _ => [.. bytes.Chunk(18)
                .SelectMany(
                    block => block.Skip(2).Select(pair => (pair & 15) - 8).Concat(block.Skip(2).Select(pair => (pair >> 4) - 8))
                        .Select(value => value * Scale(block)))],
        };

        static double Scale(byte[] block) => (double)BinaryPrimitives.ReadHalfLittleEndian(block);
    }

    [Theory]
    [InlineData(GgmlType.F16, 0.02)]
    [InlineData(GgmlType.Q8_0, 0.02)]
    [InlineData(GgmlType.Q4_0, 0.02)]
    [InlineData(GgmlType.Q8_0, 0.002)]
    public void Write_Numbers_HaveTheAskedDeviationAndNoMean(Enum type, double deviation)
    {
        var numbers = DecodeNumbers((GgmlType)type, deviation, 1);

        Assert.All(numbers, number => Assert.True(double.IsFinite(number)));
        Assert.InRange(Math.Sqrt(numbers.Average(number => number * number)) / deviation, 0.98, 1.02);
        // This mean is a twentieth of one that would dominate a sum over 16,384 columns.
        Assert.InRange(numbers.Average() / deviation, -0.004, 0.004);
    }

    [Fact]
    public void Write_TwoSeedsOrPhases_Differ()
    {
        var numbers = DecodeNumbers(GgmlType.Q4_0, 1, 1);

        Assert.Equal(numbers, DecodeNumbers(GgmlType.Q4_0, 1, 1));
        Assert.NotEqual(numbers, DecodeNumbers(GgmlType.Q4_0, 1, 2));
        Assert.NotEqual(numbers, DecodeNumbers(GgmlType.Q4_0, 1, 1, phase: 5));
    }

    [Fact]
    public void Write_InParts_GivesTheSameBytes()
    {
        var ring = new RandomWeightRing(GgmlType.Q8_0, 1, 1);
        var whole = new MemoryStream();
        var parts = new MemoryStream();

        ring.Write(whole, 34 * 400_000, phase: ulong.MaxValue);
        ring.Write(parts, 34 * 150_000, phase: ulong.MaxValue);
        ring.Write(parts, 34 * 250_000, phase: ulong.MaxValue, elementsBefore: 32 * 150_000);

        Assert.Equal(whole.ToArray(), parts.ToArray());
    }
}
