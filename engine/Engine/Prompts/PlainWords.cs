using Microsoft.ML.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>
/// Common English words, the most frequent first: GPT-2's ranks hold them in that order. Most tokenizers have most of them as one token.
/// </summary>
internal static class PlainWords
{
    private const int Ranks = 50_256;
    private const int Most = 4_000;
    private const int ShortestWord = 3;
    private const int LongestWord = 10;

    private static readonly Lazy<string[]> Loaded = new(Load);

    /// <summary>The words.</summary>
    public static ReadOnlySpan<string> All => Loaded.Value;

    private static string[] Load()
    {
        var gpt2 = TiktokenTokenizer.CreateForModel("gpt2");
        return
        [
            .. Enumerable.Range(0, Ranks)
                .Select(rank => gpt2.Decode([rank]) ?? "")
                .Where(text => text.Length is > ShortestWord and <= LongestWord + 1 && text[0] == ' ' && !text.AsSpan(1).ContainsAnyExceptInRange('a', 'z'))
                .Take(Most)
                .Select(text => text[1..]),
        ];
    }
}
