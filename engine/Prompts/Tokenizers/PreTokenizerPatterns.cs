using System.Text.RegularExpressions;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// The patterns of the known pre-tokenizers. Where llama.cpp's pattern differs from the model's <c>tokenizer.json</c>, llama.cpp's is used:
/// only a-z and A-Z have a case in <see cref="Gpt4O"/> and <see cref="Tekken"/>, and combining marks are not part of a word there; ~ is not
/// a symbol in <see cref="DeepSeekV3"/>.
/// </summary>
internal static partial class PreTokenizerPatterns
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;
    private const string Contractions = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
    private const string UpperThenLower = @"[^\r\n\p{L}\p{N}]?[\p{L}-[a-z]]*[\p{L}-[A-Z]]+";
    private const string Upper = @"[^\r\n\p{L}\p{N}]?[\p{L}-[a-z]]+[\p{L}-[A-Z]]*";
    private const string Whitespace = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", Options)]
    public static partial Regex Gpt2();

    [GeneratedRegex($@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{Whitespace}", Options)]
    public static partial Regex Llama3();

    [GeneratedRegex($@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{Whitespace}", Options)]
    public static partial Regex Qwen2();

    [GeneratedRegex($@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{Whitespace}",
        Options)]
    public static partial Regex Qwen35();

    [GeneratedRegex(
        $@"{UpperThenLower}(?:{Contractions})?|{Upper}(?:{Contractions})?|\p{{N}}{{1,3}}"
        + $@"| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{Whitespace}", Options)]
    public static partial Regex Gpt4O();

    [GeneratedRegex($@"{UpperThenLower}|{Upper}|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{Whitespace}", Options)]
    public static partial Regex Tekken();

    [GeneratedRegex(@"[一-龥぀-ゟ゠-ヿ]+", Options)]
    public static partial Regex DeepSeekIdeographs();

    [GeneratedRegex(
        $@"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{{|}}~][A-Za-z]+"
        + $@"|(?:~|[^\r\n\p{{L}}\p{{P}}\p{{S}}])?[\p{{L}}\p{{M}}]+| ?[\p{{P}}\p{{S}}-[~]]+[\r\n]*|{Whitespace}", Options)]
    public static partial Regex DeepSeekV3();

    [GeneratedRegex(@"\s?\p{L}+", Options)]
    public static partial Regex DeepSeekCoderWords();

    [GeneratedRegex(@"\s?\p{P}+", Options)]
    public static partial Regex DeepSeekCoderPunctuation();

    [GeneratedRegex(@"[一-龥ࠀ-一가-퟿]+", Options)]
    public static partial Regex DeepSeekCoderIdeographs();

    [GeneratedRegex(@"[\p{P}$+<=>^~|`]+", Options)]
    public static partial Regex FalconPunctuation();

    [GeneratedRegex(@"[\p{P}$+<=>^~|]+", Options)]
    public static partial Regex DefaultPunctuation();

    [GeneratedRegex(@"[\r\n]", Options)]
    public static partial Regex Newline();

    [GeneratedRegex(@"\p{N}", Options)]
    public static partial Regex Digit();

    [GeneratedRegex(@"\p{N}+", Options)]
    public static partial Regex Digits();

    [GeneratedRegex(@"\p{N}{1,3}", Options)]
    public static partial Regex ThreeDigits();

    [GeneratedRegex(@"[0-9][0-9][0-9]", Options)]
    public static partial Regex ThreeAsciiDigits();
}
