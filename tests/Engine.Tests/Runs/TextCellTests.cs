using CsCheck;
using MemoryWall.Runs.Csv;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class TextCellTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "'")]
    [InlineData("plain, \"quoted\"", "plain, \"quoted\"")]
    [InlineData("=HYPERLINK(1)", "'=HYPERLINK(1)")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM", "'@SUM")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'tis", "''tis")]
    [InlineData("\t=1", @"\t=1")]
    [InlineData("\r=1", @"\r=1")]
    [InlineData("a\nb", @"a\nb")]
    [InlineData(@"C:\new", @"C:\\new")]
    [InlineData("\u001b[31m", @"\u001B[31m")]
    [InlineData("😀", "😀")]
    public void Encode_Text_FollowsTheRule(string? text, string? cell)
    {
        Assert.Equal(cell, TextCell.Encode(text));
        Assert.Equal(text, TextCell.Decode(cell ?? ""));
    }

    [Fact]
    public void Encode_AnyText_IsOneHarmlessLineAndReadsBack() => StoreSamples.AnyText.Sample(text =>
    {
        var cell = TextCell.Encode(text)!;
        Assert.DoesNotContain(cell, char.IsControl);
        Assert.DoesNotContain(cell[0], "=+-@\t\r＝＋－＠");
        Assert.Equal(text, TextCell.Decode(cell));
    });

    [Theory]
    [InlineData(@"\", @"\")]
    [InlineData(@"\x", @"\x")]
    [InlineData(@"\u12", @"\u12")]
    [InlineData(@"\u12G4", @"\u12G4")]
    public void Decode_UnknownEscape_IsKept(string cell, string text) => Assert.Equal(text, TextCell.Decode(cell));

    [Fact]
    public void Encode_LongText_IsCutAndSaysSo()
    {
        var cell = TextCell.Encode(string.Concat(Enumerable.Repeat("😀", 100_000)))!;
        Assert.True(cell.Length <= TextCell.MaxLength);
        Assert.EndsWith("😀… [cut: 200000 characters]", cell, StringComparison.Ordinal);
    }
}
