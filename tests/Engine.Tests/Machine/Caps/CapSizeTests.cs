using CsCheck;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Engine.Tests.Machine.Caps;

public class CapSizeTests
{
    [Theory]
    [InlineData("700MiB", 734_003_200)]
    [InlineData("50%", 500)]
    [InlineData(" 12.5%", 125)]
    [InlineData("2k", 2048)]
    public void Resolve_SizeOrShare_GivesBytes(string text, long bytes) =>
        Assert.Equal(bytes, CapSize.Parse(text).Resolve(new ByteSize(1000)).Bytes);

    [Fact]
    public void Parse_ANumberWithoutItsUnit_AsksForIt() =>
        Assert.Contains("16GiB", Assert.Throws<FormatException>(() => CapSize.Parse("16")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("-5%")]
    [InlineData("%")]
    [InlineData("NaN%")]
    [InlineData("half")]
    [InlineData("2G,1G")]
    public void Parse_Garbage_SaysWhatWouldBeRight(string text) =>
        Assert.Contains("700MiB", Assert.Throws<FormatException>(() => CapSize.Parse(text)).Message, StringComparison.Ordinal);

    // A cap of 16 bytes is a size without its unit.
    [Theory]
    [InlineData("16")]
    [InlineData("2G,700")]
    public void ParseList_NumberWithoutAUnit_AsksForIt(string text) =>
        Assert.Contains("has no unit", Assert.Throws<FormatException>(() => CapSize.ParseList(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_OtherSizesWithoutAUnit_AskForItToo()
    {
        Assert.Contains("has no unit", Assert.Throws<FormatException>(() => CapPlans.ParseSwap("16")).Message, StringComparison.Ordinal);
        Assert.Contains("has no unit", Assert.Throws<FormatException>(() => TierPlans.Parse("/mnt/nvme,2")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ParseList_SizesToSweep_KeepsTheirOrder() =>
        Assert.Equal(["2.00 GiB", "50%", "700 MiB"], CapSize.ParseList("2G, 50%,700M").Select(size => size.ToString()));

    [Fact]
    public void ParseList_EmptyEntry_IsRefused() => Assert.Throws<FormatException>(() => CapSize.ParseList("2G,,1G"));

    [Fact]
    public void TryParse_AnyText_NeverThrows() => Gen.String.Sample(text => { CapSize.TryParse(text, out _); });
}
