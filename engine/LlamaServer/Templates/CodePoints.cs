using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Texts by code points, as Python counts them: a character outside of the basic plane is one, not two.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        if (IsPlain(text))
            return text.Length;
        var pairs = 0;
        for (var i = 0; i + 1 < text.Length; i++)
            if (char.IsSurrogatePair(text[i], text[i + 1]))
                pairs++;
        return text.Length - pairs;
    }

    /// <summary>The code points as texts.</summary>
    public static List<object> Split(string text)
    {
        var parts = new List<object>(text.Length);
        for (var at = 0; at < text.Length; at += LengthAt(text, at))
            parts.Add(text.Substring(at, LengthAt(text, at)));
        return parts;
    }

    /// <summary>The index by code points of an index by characters.</summary>
    public static int FromCharacters(string text, int index) => index <= 0 ? index : Count(text[..index]);

    /// <summary>The index by characters of an index by code points.</summary>
    public static int ToCharacters(string text, int index)
    {
        if (IsPlain(text))
            return Math.Min(index, text.Length);
        var at = 0;
        for (; index > 0 && at < text.Length; index--)
            at += LengthAt(text, at);
        return at;
    }

    public static string Reverse(string text)
    {
        var parts = Split(text);
        parts.Reverse();
        return Join(parts);
    }

    public static string Join(List<object> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append((string)part);
        return text.ToString();
    }

    public static bool IsPlain(string text) => text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0;

    private static int LengthAt(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
