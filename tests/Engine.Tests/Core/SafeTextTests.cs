using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Core;

public class SafeTextTests
{
    [Fact]
    public void EveryWriter_RemovesWhatSteersATerminal()
    {
        var steering = Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21))
            .Concat([0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF]).Select(code => (char)code).ToList();
        foreach (var letter in steering)
        {
            Assert.Equal("a b", SafeText.ToSingleLine($"a{letter}b", 10));
            Assert.Equal("a b", SafeText.ToSingleLine($"a{letter}b"));
            Assert.Equal(letter is '\n' or '\t' ? $"a{letter}b" : "ab", SafeText.RemoveUnsafe($"a{letter}b"));
        }
    }

    [Fact]
    public void ToSingleLine_LongText_IsCutAtAWholeCharacter()
    {
        Assert.Equal("ab…", SafeText.ToSingleLine("abcd", 2));
        Assert.Equal("a…", SafeText.ToSingleLine("a😀b", 2));
        Assert.Equal("a😀…", SafeText.ToSingleLine("a😀b", 3));
        Assert.Equal("Ünï 漢字", SafeText.ToSingleLine("Ünï 漢字", 10));
    }

    [Theory]
    [InlineData("16")]
    [InlineData("0.5")]
    [InlineData("700")]
    public void ParseSize_WithoutUnit_AsksForOne(string text) =>
        Assert.Contains($"{text}GiB", Assert.Throws<FormatException>(() => ByteSize.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("16B", 16)]
    [InlineData("4096", 4096)]
    public void ParseSize_PlainBytes_AreRead(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text).Bytes);
}
