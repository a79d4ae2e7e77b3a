using CsCheck;
using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Core.Units;

public class ByteSizeTests
{
    [Theory]
    [InlineData("700MiB", 700L << 20)]
    [InlineData("2G", 2L << 30)]
    [InlineData("1.5 GB", 1_500_000_000)]
    [InlineData("4096", 4096)]
    [InlineData("1k", 1024)]
    public void Parse_KnownForms_GivesBytes(string text, long expected) => Assert.Equal(expected, ByteSize.Parse(text).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1G")]
    [InlineData("1,5G")]
    [InlineData("9999999999T")]
    [InlineData("3 furlongs")]
    public void Parse_Garbage_Throws(string text) => Assert.Throws<FormatException>(() => ByteSize.Parse(text));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(64L << 20, "64.0 MiB")]
    [InlineData(1181116006, "1.10 GiB")]
    public void ToString_ThreeFigures(long bytes, string expected) => Assert.Equal(expected, new ByteSize(bytes).ToString());

    [Fact]
    public void Parse_AnyText_NeverThrowsFromTryParse() => Gen.String.Sample(text => { ByteSize.TryParse(text, out _); });
}
