using System.Text;
using MemoryWall.Models.Synthetic;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts.Tokenizers;
using Microsoft.ML.Tokenizers;

namespace MemoryWall.Engine.Tests.Prompts;

/// <summary>Real vocabularies: GPT-2's, and the same pieces as a SentencePiece vocabulary.</summary>
internal static class TestVocabularies
{
    private static readonly Lazy<Vocabulary> LazySentencePiece = new(BuildSentencePiece);

    /// <summary>GPT-2's tokenizer, implemented by code that shares nothing with the engine.</summary>
    public static TiktokenTokenizer Referee { get; } = TiktokenTokenizer.CreateForModel("gpt2");

    public static Vocabulary Gpt2 { get; } = Gpt2Vocabulary.Create(50_257) with { AddBos = true };

    public static Vocabulary SentencePiece => LazySentencePiece.Value;

    /// <summary>A vocabulary with one more entry.</summary>
    public static Vocabulary With(this Vocabulary vocabulary, string token, TokenKind kind) => vocabulary with
    {
        Tokens = [.. vocabulary.Tokens, token],
        Kinds = [.. vocabulary.Kinds, kind],
        Scores = vocabulary.Scores is { } scores ? [.. scores, 0f] : null,
    };

    private static Vocabulary BuildSentencePiece()
    {
        var bytesByCharacter = new Dictionary<char, byte>();
        for (var b = 0; b < 256; b++)
            bytesByCharacter[ByteLevelAlphabet.Characters[b]] = (byte)b;
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        List<string> tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        var seen = tokens.ToHashSet(StringComparer.Ordinal);
        foreach (var token in Gpt2.Tokens.SkipLast(1))
        {
            try
            {
                var text = strict.GetString([.. token.Select(c => bytesByCharacter[c])]).Replace(' ', '▁');
                if (seen.Add(text))
                    tokens.Add(text);
            }
            catch (DecoderFallbackException)
            {
                // Half a character; SentencePiece has no such entries.
            }
        }
        if (seen.Add("▁"))
            tokens.Add("▁");
        return new Vocabulary
        {
            Model = "llama",
            Tokens = tokens,
            Kinds = [.. tokens.Select((_, id) => id == 0 ? TokenKind.Unknown
                : id < 3 ? TokenKind.Control
                : id < 259 ? TokenKind.Byte : TokenKind.Normal)],
            Scores = [.. tokens.Select((_, id) => id < 259 ? 0f : -(float)id)],
            BosId = 1,
            EosId = 2,
            AddBos = true,
            AddSpacePrefix = true,
        };
    }
}
