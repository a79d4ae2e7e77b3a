using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Engine.Tests.Prompts;

public sealed class DocumentPromptTests
{
    private const string Prose =
        "It was a bright cold day in April, and the clocks were striking thirteen.\r\n\r\n\"Don't!\" she said; 1,984 doors\tclosed.\n" +
        "Später fiel Schnee — überall. 彼は本を読んだ。それから眠った。 " +
        "Привет, мир! 😀😀 e\u0301a\u0301 𝒜𝓑𝒞 x_1 = f(y) // ok\n\n\n   indented\n";

    private static Task<PromptFactory> CreateFactory(string? text, Vocabulary? vocabulary = null,
        Func<string, CancellationToken, Task<int?>>? count = null) =>
        PromptFactory.CreateAsync(vocabulary, count, new PromptSettings { Kind = PromptKind.Document, DocumentText = text },
            CancellationToken.None);

    [Fact]
    public async Task BuildAsync_LongProse_CutExactlyAtTheEndOfAWord()
    {
        var text = string.Concat(Enumerable.Repeat(Prose, 200));
        var factory = await CreateFactory(text, TestVocabularies.Gpt2);
        foreach (var tokens in new[] { 9, 30, 64, 511, 2_048, 7_777, 20_000 })
        {
            var prompt = (await factory.BuildAsync(tokens, 1)).Prompt!;
            Assert.Equal([TestVocabularies.Gpt2.BosId!.Value, .. TestVocabularies.Referee.EncodeToIds(prompt.Text)], prompt.TokenIds!);
            Assert.Equal(tokens, prompt.TokenIds!.Count);
            Assert.StartsWith(prompt.Nonce + " It was", prompt.Text, StringComparison.Ordinal);
        }
    }

    // A script without blanks: one run of letters, which a byte-level tokenizer takes for one word.
    [Fact]
    public async Task BuildAsync_UnbrokenChinese_FillsThePrompt()
    {
        var random = new Random(1);
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(_ => (char)random.Next(0x4E00, 0x9FA5)));
        var factory = await CreateFactory(text, TestVocabularies.Gpt2);
        foreach (var tokens in new[] { 64, 256, 1_000, 4_000 })
        {
            var prompt = (await factory.BuildAsync(tokens, 1)).Prompt!;
            Assert.Equal(tokens, TestVocabularies.Referee.CountTokens(prompt.Text) + 1);
            var ideographs = string.Concat(prompt.Text.Where(letter => letter >= 0x4E00));
            Assert.True(TestVocabularies.Referee.CountTokens(ideographs) > tokens * 0.75, $"{tokens} tokens: {ideographs.Length} letters");
        }
    }

    // A server that takes ids can also count: with a tokenizer that is not known exactly here, its own count is used.
    [Fact]
    public async Task BuildAsync_UnknownTokenizerAtATargetThatTakesIds_IsCountedByIt()
    {
        var vocabulary = TestVocabularies.Gpt2 with { PreTokenizerName = "someday" };
        var settings = new PromptSettings { Kind = PromptKind.Document, DocumentText = Prose, TakesTokenIds = true, ConfirmEach = false };
        var factory = await PromptFactory.CreateAsync(vocabulary,
            (text, _) => Task.FromResult<int?>(TestVocabularies.Referee.CountTokens(text) + 1), settings, CancellationToken.None);
        Assert.Null(factory.Problem);
        var prompt = (await factory.BuildAsync(300, 1)).Prompt!;
        Assert.Equal(300, TestVocabularies.Referee.CountTokens(prompt.Text) + 1);
    }

    // Phi-3's special tokens take the blanks after them with them, as in llama.cpp.
    [Fact]
    public void Encode_RightStrippingToken_TakesTheBlankAfterIt()
    {
        var plain = TestVocabularies.SentencePiece.With("<|x|>", TokenKind.UserDefined);
        var id = plain.Tokens.ToList().IndexOf("<|x|>");
        var stripping = TextEncoder.Create(plain with { StripsRight = new HashSet<int> { id } }, out _)!;
        var keeping = TextEncoder.Create(plain, out _)!;

        Assert.Equal(keeping.Encode("abc<|x|>def<|x|>ghi"), stripping.Encode("abc<|x|> def<|x|> \n ghi"));
        Assert.NotEqual(keeping.Encode("abc<|x|> def"), stripping.Encode("abc<|x|> def"));
    }

    [Fact]
    public async Task BuildAsync_ShortText_IsRepeated()
    {
        var prompt = (await (await CreateFactory("Just one line.", TestVocabularies.Gpt2)).BuildAsync(5_000, 1)).Prompt!;
        Assert.Equal(5_000, TestVocabularies.Referee.CountTokens(prompt.Text) + 1);
        Assert.Contains("one line.\n\nJust one line.\n\nJust", prompt.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuildAsync_SameNonce_SameText()
    {
        var first = (await (await CreateFactory(Prose, TestVocabularies.Gpt2)).BuildAsync(333, 2)).Prompt!;
        var again = (await (await CreateFactory(Prose, TestVocabularies.Gpt2)).BuildAsync(333, 2, first.Nonce)).Prompt!;
        Assert.Equal(first.Text, again.Text);
    }

    [LongFact]
    public void Compose_AnyText_IsExactOrAProblem()
    {
        var gpt2 = Tools(TestVocabularies.Gpt2);
        var sentencePiece = Tools(TestVocabularies.SentencePiece);
        var piece = Gen.OneOf(
            Gen.String[0, 40],
            Gen.OneOf("\r\n", "\0", " ", "\t\t\t", "\uD83D", "\uDE00", "😀", "a\u0301", "漢字", "<|endoftext|>", "<s>", "</s>", "'s",
                "1234567", "=====", "\u00A0", "word", "Ünïcode", "▁▁"),
            Gen.Select(Gen.Char, Gen.Int[1, 3_000], (c, n) => new string(c, n)));
        var exact = 0;
        Gen.Select(piece.Array[0, 12], Gen.Int[8, 900], Gen.Bool).Sample(
            (pieces, content, isGpt2) =>
            {
                var (encoder, pool) = isGpt2 ? gpt2 : sentencePiece;
                var clean = DocumentText.Normalize(string.Concat(pieces), encoder.Specials);
                var nonce = new NonceGenerator(pool).Draw(4);
                var (text, ids, problem) = new DocumentComposer(clean, encoder, pool).Compose(nonce, content, new SplitMix64(1));
                if (text is null)
                {
                    Assert.False(string.IsNullOrEmpty(problem));
                    return;
                }
                exact++;
                Assert.Equal(content, ids!.Count);
                Assert.DoesNotContain('\0', text);
                Assert.DoesNotContain(isGpt2 ? "<|endoftext|>" : "</s>", text, StringComparison.Ordinal);
                if (isGpt2)
                    Assert.Equal(TestVocabularies.Referee.EncodeToIds(text), ids);
            },
            iter: LongTests.Draws(150),
            threads: 1);
        Assert.True(exact > 60, $"only {exact} texts gave a prompt");
    }

    private static (TextEncoder Encoder, WordPool Pool) Tools(Vocabulary vocabulary)
    {
        var encoder = TextEncoder.Create(vocabulary, out _)!;
        return (encoder, VocabularyWordFinder.Find(vocabulary, encoder, out _)!);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    [InlineData("\uFEFF\0\0")]
    [InlineData("\uFEFF")]
    public async Task CreateAsync_NoText_IsAProblem(string? text)
    {
        var factory = await CreateFactory(text, TestVocabularies.Gpt2);
        Assert.NotNull(factory.Problem);
        Assert.Equal(factory.Problem, (await factory.BuildAsync(100, 1)).Problem);
    }

    [Fact]
    public async Task BuildAsync_TenMegabytes_IsReadOnlyAsFarAsNeeded()
    {
        var text = string.Concat(Enumerable.Repeat(Prose, 10_000_000 / Prose.Length));
        var factory = await CreateFactory(text, TestVocabularies.Gpt2);
        Assert.Equal(2_000, TestVocabularies.Referee.CountTokens((await factory.BuildAsync(2_000, 1)).Prompt!.Text) + 1);
        Assert.Equal(500_000, TestVocabularies.Referee.CountTokens((await factory.BuildAsync(500_000, 1)).Prompt!.Text) + 1);
    }

    [Theory]
    [InlineData('a')]
    [LongData('=')]
    [InlineData('漢')]
    [LongData(' ')]
    public async Task BuildAsync_OneEndlessWord_IsBrokenUp(char c)
    {
        var text = "start " + new string(c, 3_000_000) + " end";
        var factory = await CreateFactory(text, TestVocabularies.Gpt2);
        var prompt = (await factory.BuildAsync(4_000, 1)).Prompt!;
        Assert.Equal(4_000, TestVocabularies.Referee.CountTokens(prompt.Text) + 1);
    }

    [Fact]
    public async Task BuildAsync_SpelledControlTokens_AreBrokenByABlank()
    {
        var prompt = (await (await CreateFactory("before <|endoftext|> after", TestVocabularies.Gpt2)).BuildAsync(60, 1)).Prompt!;
        Assert.Contains("before < |endoftext|> after", prompt.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(TestVocabularies.Gpt2.EosId!.Value, prompt.TokenIds!.Skip(1));
    }

    [Fact]
    public async Task BuildAsync_UserDefinedTokens_CountAsOne()
    {
        var vocabulary = TestVocabularies.Gpt2.With("[the tool]", TokenKind.UserDefined);
        var prompt = (await (await CreateFactory("use [the tool] now", vocabulary)).BuildAsync(200, 1)).Prompt!;
        Assert.Contains(vocabulary.Tokens.Count - 1, prompt.TokenIds!);
        Assert.Equal(200, prompt.TokenIds!.Count);
    }

    [Fact]
    public async Task BuildAsync_NoRoomForAnyWord_IsAProblem()
    {
        var result = await (await CreateFactory("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
            TestVocabularies.Gpt2)).BuildAsync(12,
            1);
        Assert.Contains("no part of the document fits", result.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(23)]
    public async Task BuildAsync_OnlyTheTargetsCounting_IsExactToo(int added)
    {
        var factory = await CreateFactory(string.Concat(Enumerable.Repeat(Prose, 50)), null, PromptFactoryTests.Counting(added));
        Assert.Null(factory.Problem);
        foreach (var tokens in new[] { 64 + added, 1_000, 9_000 })
        {
            var result = await factory.BuildAsync(tokens, 1);
            Assert.Null(result.Problem);
            Assert.Equal(tokens, TestVocabularies.Referee.CountTokens(result.Prompt!.Text) + added);
            Assert.Contains(" It was a bright", result.Prompt.Text, StringComparison.Ordinal);
        }
    }
}
