using Microsoft.ML.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>
/// Common English words, the most frequent first, in the order of GPT-2's ranks. In most tokenizers most of them are single tokens.
/// </summary>
internal static class CommonWords
{
    private const int Ranks = 50_256;
    private const int MaxWords = 4_000;
    private const int MinWordLength = 3;
    private const int MaxWordLength = 10;

    private static readonly Lazy<string[]> s_words = new(Load);

    /// <summary>The words.</summary>
    public static ReadOnlySpan<string> All => s_words.Value;

    private static string[] Load()
    {
        var gpt2 = TiktokenTokenizer.CreateForModel("gpt2");
        return
        [
            .. Enumerable.Range(0, Ranks)
                .Select(rank => gpt2.Decode([rank]) ?? "")
                .Where(text => text.Length is > MinWordLength and <= MaxWordLength + 1 && text[0] == ' '
                    && !text.AsSpan(1).ContainsAnyExceptInRange('a', 'z'))
                .Take(MaxWords)
                .Select(text => text[1..]),
        ];
    }
}
