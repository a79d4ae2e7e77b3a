using System.Buffers.Binary;
using CsCheck;
using MemoryWall.Models;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Engine.Tests.Models.Gguf;

public sealed class GgufReaderFuzzTests
{
    private static readonly byte[] s_valid = GgufBytes.Valid();

    [Fact]
    public void Read_EveryTruncation_IsAClearError()
    {
        var padding = 24; // behind the last tensor's 40 bytes
        for (var length = 0; length < s_valid.Length - padding; length++)
            Assert.Throws<GgufException>(() => GgufBytes.Read(s_valid[..length]));
    }

    [Fact]
    public void Read_EveryFlippedBit_EndsWithAHeaderOrAClearError()
    {
        for (var bit = 0; bit < s_valid.Length * 8; bit++)
        {
            var bytes = (byte[])s_valid.Clone();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            HeaderOrClearError(bytes);
        }
    }

    [Fact]
    public void Read_AnyNumberAnywhere_EndsWithAHeaderOrAClearError() =>
        (from at in Gen.Int[0, s_valid.Length - 8]
         from number in Gen.OneOf(Gen.ULong, Gen.ULong[0, 40], Gen.Const(ulong.MaxValue), Gen.Const(1UL << 63),
             Gen.Const((ulong)int.MaxValue))
         select (at, number))
        .Array[1, 3].Sample(patches =>
        {
            var bytes = (byte[])s_valid.Clone();
            foreach (var (at, number) in patches)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), number);
            HeaderOrClearError(bytes);
        }, iter: FuzzRange.Inputs.Count);

    [Fact]
    public void Read_RandomBytes_EndWithAClearError() =>
        Gen.Byte.Array[0, 400].Sample(bytes => HeaderOrClearError(bytes), iter: FuzzRange.Inputs.Count);

    [Fact]
    public void Read_RandomBytesAfterARightStart_EndWithAHeaderOrAClearError() =>
        Gen.Select(Gen.UInt[2, 3], Gen.ULong[0, 5], Gen.ULong[0, 5], Gen.OneOf(Gen.Byte, Gen.Byte[0, 12]).Array[0, 400])
            .Sample((version, tensors, metadata, rest) => HeaderOrClearError(GgufBytes.Raw(version, tensors, metadata, rest)),
                iter: FuzzRange.Inputs.Count);

    private static void HeaderOrClearError(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var header = GgufBytes.Read(bytes);
            Assert.All(header.Tensors, tensor => Assert.InRange(tensor.Bytes, 0, bytes.Length));
            Describe(header);
        }
        catch (GgufException e)
        {
            Assert.NotEmpty(e.Message);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    /// <summary>Whatever is read as a header must not make the readers after it throw either.</summary>
    private static void Describe(GgufHeader header)
    {
        try
        {
            ModelShapeReader.Read(ModelMetadata.FromHeader(header));
        }
        catch (ModelFormatException)
        {
        }
    }
}
