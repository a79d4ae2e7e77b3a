using System.Globalization;
using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>The escapes of Python's string literals.</summary>
internal static class Escapes
{
    /// <summary>What a literal stands for; null where an escape is not valid.</summary>
    public static string? Read(ReadOnlySpan<char> literal)
    {
        if (!literal.Contains('\\'))
            return literal.ToString();
        var text = new StringBuilder(literal.Length);
        for (var at = 0; at < literal.Length; at++)
        {
            if (literal[at] != '\\')
            {
                text.Append(literal[at]);
                continue;
            }
            if (++at == literal.Length)
                return null;
            if (literal[at] is 'x' or 'u' or 'U')
            {
                var digits = literal[at] switch { 'x' => 2, 'u' => 4, _ => 8 };
                if (at + digits >= literal.Length || !uint.TryParse(literal.Slice(at + 1, digits), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture, out var code) || !AppendCode(text, code))
                    return null;
                at += digits;
            }
            else if (literal[at] is >= '0' and <= '7')
            {
                var code = 0u;
                var end = Math.Min(literal.Length, at + 3);
                while (at < end && literal[at] is >= '0' and <= '7')
                    code = (code * 8) + (uint)(literal[at++] - '0');
                AppendCode(text, code);
                at--;
            }
            else
            {
                AppendNamed(text, literal[at]);
            }
        }
        return text.ToString();
    }

    private static bool AppendCode(StringBuilder text, uint code)
    {
        // Half a surrogate pair is no text that a tokenizer could take.
        if (code > 0x10FFFF)
            return false;
        text.Append(Rune.IsValid(code) ? new Rune(code).ToString() : "\uFFFD");
        return true;
    }

    private static void AppendNamed(StringBuilder text, char name)
    {
        switch (name)
        {
            case 'n': text.Append('\n'); break;
            case 't': text.Append('\t'); break;
            case 'r': text.Append('\r'); break;
            case 'a': text.Append('\a'); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'v': text.Append('\v'); break;
            case '\\' or '\'' or '"': text.Append(name); break;
            case '\n': break;
            default: text.Append('\\').Append(name); break;
        }
    }
}
