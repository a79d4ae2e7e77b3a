using MemoryWall.Models.Gguf;

namespace MemoryWall.Engine.Tests.Models.Gguf;

public sealed class GgmlTypesTests
{
    [Fact]
    public void Block_EveryNamedType_IsKnown() =>
        Assert.All(Enum.GetValues<GgmlType>(), type => Assert.NotNull(GgmlTypes.BlockSize(type)));

    [Theory]
    [InlineData(GgmlType.F32, 1000, 4000)]
    [InlineData(GgmlType.Q4_0, 4096, 2304)]
    [InlineData(GgmlType.Q8_0, 4096, 4352)]
    [InlineData(GgmlType.Q4_K, 4096, 2304)]
    [InlineData(GgmlType.Q6_K, 4096, 3360)]
    [InlineData(GgmlType.MXFP4, 2880, 1530)]
    [InlineData(GgmlType.IQ4_XS, 4096, 2176)]
    public void Bytes_OfARow_IsItsBlocks(Enum type, long numbers, long bytes) =>
        Assert.Equal(bytes, GgmlTypes.TensorBytes((GgmlType)type, [numbers]));

    [Theory]
    [InlineData(GgmlType.Q4_K, 128)]
    [InlineData(GgmlType.Q8_0, 33)]
    [InlineData((GgmlType)999, 256)]
    public void Bytes_OfWhatCannotBe_IsNull(Enum type, long numbers) => Assert.Null(GgmlTypes.TensorBytes((GgmlType)type, [numbers]));

    [Fact]
    public void Bytes_OutOfRange_IsNull()
    {
        Assert.Null(GgmlTypes.TensorBytes(GgmlType.F32, [long.MaxValue / 2]));
        Assert.Null(GgmlTypes.TensorBytes(GgmlType.F32, [1L << 32, 1L << 32]));
        Assert.Null(GgmlTypes.TensorBytes(GgmlType.F32, [-4]));
    }

    [Theory]
    [InlineData("Q4_K", GgmlType.Q4_K)]
    [InlineData("mxfp4", GgmlType.MXFP4)]
    [InlineData("unknown", null)]
    [InlineData("12", null)]
    public void Named_Name_IsFoundInAnyCase(string name, Enum? type) =>
        Assert.Equal((GgmlType?)type, GgmlTypes.FindByName(name));
}
