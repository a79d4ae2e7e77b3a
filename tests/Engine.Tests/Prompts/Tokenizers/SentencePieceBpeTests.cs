using CsCheck;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Engine.Tests.Prompts.Tokenizers;

public sealed class SentencePieceBpeTests
{
    [Fact]
    public void Encode_AnyText_AsPlainMerging()
    {
        var encoder = TextEncoder.Create(TestVocabularies.SentencePiece, out _)!;
        var piece = Gen.OneOf(
            Gen.String[0, 10],
            Gen.OneOf("aaaaaaaaa", "\t\t\t\t\t", "=======", "        ", "hahahaha", "😀😀", "漢字", "the end", "-_-_-_-", "▁▁▁"));
        piece.Array[0, 6].Sample(
            pieces =>
            {
                var text = string.Concat(pieces);
                // The reference has no entry for unpaired surrogates and none for special tokens.
                if (text.Contains('<', StringComparison.Ordinal) || text.EnumerateRunes().Any(r => r.Value == 0xFFFD))
                    return;
                var expected = text.Length == 0 ? [] : NaiveSentencePiece.Encode(TestVocabularies.SentencePiece, text);
                Assert.Equal(expected, encoder.Encode(text));
            },
            iter: LongTests.Draws(2_000),
            threads: 1);
    }
}
