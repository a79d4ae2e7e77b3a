using System.Text;
using MemoryWall.Prompts;

namespace MemoryWall.Engine.Tests.Prompts;

public class DocumentFileTests
{
    private const string Sample = "Später fiel Schnee.\r\n\tüberall 雪 😀";

    [Fact]
    public void Decode_Utf8AndMarkedUtf16And32_IsTheText()
    {
        Encoding[] marked = [new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32];
        Assert.All(marked,
            encoding => Assert.Equal(Sample, DocumentFile.Decode([.. encoding.GetPreamble(), .. encoding.GetBytes(Sample)])));
        Assert.Equal(Sample, DocumentFile.Decode(Encoding.UTF8.GetBytes(Sample)));
        Assert.Equal("", DocumentFile.Decode([]));
    }

    [Fact]
    public void Decode_BinaryOrOtherEncoding_IsNamed()
    {
        Assert.Equal("", Problem(Encoding.UTF8.GetBytes(Sample)));
        Assert.Contains("not valid UTF-8 (byte 2)", Problem(Encoding.Latin1.GetBytes("Später")), StringComparison.Ordinal);
        Assert.Contains("not valid UTF-16", Problem([0xFF, 0xFE, 0x00, 0xD8, 0x41, 0x00]), StringComparison.Ordinal);
        Assert.Contains("without a byte order mark", Problem(Encoding.Unicode.GetBytes("Some text")), StringComparison.Ordinal);
        Assert.Contains("binary", Problem([.. Enumerable.Range(0, 127).Select(value => (byte)value)]), StringComparison.Ordinal);
        Assert.Contains("PDF", Problem("%PDF-1.7\n"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("GGUF", Problem("GGUF\u0003"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("zip", Problem("PK\u0003\u0004"u8.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GGUF is a file format.")]
    [InlineData("GGUF\n====\n")]
    [InlineData("%PDF is how such a file begins.")]
    public void Decode_TextThatBeginsLikeABinaryFile_IsTheText(string text) =>
        Assert.Equal(text, DocumentFile.Decode(Encoding.UTF8.GetBytes(text)));

    private static string Problem(byte[] bytes)
    {
        try
        {
            DocumentFile.Decode(bytes);
            return "";
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }
}
