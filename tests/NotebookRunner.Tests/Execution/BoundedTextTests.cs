using CsCheck;
using MemoryWall.NotebookRunner.Execution;

namespace MemoryWall.NotebookRunner.Tests.Execution;

public sealed class BoundedTextTests
{
    private static string Join(int limit, IEnumerable<string> parts)
    {
        var text = new BoundedText(limit);
        foreach (var part in parts)
            text.Append(part);
        return text.ToString();
    }

    [Fact]
    public void ToString_WithinTheLimit_IsAllOfIt() => Assert.Equal("abcdefgh", Join(8, ["abc", "defgh"]));

    [Fact]
    public void ToString_OverTheLimit_HasBothEndsAndSaysHowMuchIsMissing()
    {
        var text = Join(8, Enumerable.Range(0, 100).Select(number => $"{number}\n"));
        Assert.StartsWith("0\n1\n\n[…", text);
        Assert.EndsWith("…]\n\n99\n", text);
        Assert.Contains("282 characters, 96 line ends", text);
    }

    /// <summary>The kept length and the reported missing length add up to the written length, and no character is split.</summary>
    [Fact]
    public void ToString_AnyParts_AddUp() =>
        Gen.Select(Gen.Int[2, 40], Gen.String[Gen.Char["ab\n\ud83d\ude00"], 0, 60].Select(Whole).Array[0, 30]).Sample((limit, parts) =>
        {
            var all = string.Concat(parts);
            var text = Join(limit, parts);
            if (text == all)
                return true;
            var note = text.IndexOf("\n[…", StringComparison.Ordinal);
            var end = text.LastIndexOf("…]\n", StringComparison.Ordinal) + 3;
            var words = text[note..end].Split(' ');
            var missing = int.Parse(words[1], System.Globalization.NumberStyles.AllowThousands,
                System.Globalization.CultureInfo.InvariantCulture);
            var (head, tail) = (text[..note], text[end..]);
            return all.StartsWith(head, StringComparison.Ordinal) && all.EndsWith(tail, StringComparison.Ordinal)
                && head.Length + tail.Length + missing == all.Length
                && head.Length + tail.Length <= limit + 1 && IsWhole(head) && IsWhole(tail);
        });

    private static string Whole(string text) =>
        text.Replace("\ud83d", "\ud83d\ude00", StringComparison.Ordinal).Replace("\ude00\ude00", "\ude00",
            StringComparison.Ordinal) is var paired && IsWhole(paired) ? paired : "a";

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && (i + 1 == text.Length || !char.IsLowSurrogate(text[++i])))
                return false;
            if (char.IsLowSurrogate(text[i]) && (i == 0 || !char.IsHighSurrogate(text[i - 1])))
                return false;
        }
        return true;
    }
}
