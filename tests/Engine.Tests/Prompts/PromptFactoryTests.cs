using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Models.Synthetic;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts;

namespace MemoryWall.Engine.Tests.Prompts;

public sealed class PromptFactoryTests
{
    private static Task<PromptFactory> WordsOf(Vocabulary vocabulary, int seed = 1) =>
        PromptFactory.CreateAsync(vocabulary, null, new PromptSettings { Seed = seed }, CancellationToken.None);

    [Fact]
    public async Task BuildAsync_AnyLengthAndSeed_IsCountedExactlyByAnIndependentTokenizer()
    {
        await Gen.Select(Gen.Int[8, 5_000], Gen.Int, Gen.Int).SampleAsync(async (tokens, seed, variant) =>
        {
            var factory = await FactoriesBySeed(TestVocabularies.Gpt2, seed % 4);
            var prompt = (await factory.BuildAsync(tokens, variant)).Prompt!;
            var counted = TestVocabularies.Referee.EncodeToIds(prompt.Text);
            Assert.Equal(tokens, counted.Count + 1);
            Assert.Equal(tokens, prompt.TokenCount);
            Assert.Equal([TestVocabularies.Gpt2.BosId!.Value, .. counted], prompt.TokenIds!);
        }, iter: LongTests.Draws(200));
    }

    [Fact]
    public async Task BuildAsync_SentencePiece_IsCountedExactlyByPlainMerging()
    {
        await Gen.Select(Gen.Int[8, 120], Gen.Int).SampleAsync(async (tokens, variant) =>
        {
            var factory = await FactoriesBySeed(TestVocabularies.SentencePiece, 1);
            var prompt = (await factory.BuildAsync(tokens, variant)).Prompt!;
            Assert.Equal([1, .. NaiveSentencePiece.Encode(TestVocabularies.SentencePiece, prompt.Text)], prompt.TokenIds!);
            Assert.Equal(tokens, prompt.TokenIds!.Count);
        }, iter: LongTests.Draws(40));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BuildAsync_WithoutBlankPrefixOrBos_StillExact(bool prefix)
    {
        var vocabulary = TestVocabularies.SentencePiece with { AddSpacePrefix = prefix, AddBos = false, AddEos = true };
        var factory = await WordsOf(vocabulary);
        var prompt = (await factory.BuildAsync(200, 1)).Prompt!;
        Assert.Equal([.. NaiveSentencePiece.Encode(vocabulary, prompt.Text), 2], prompt.TokenIds!);
        Assert.Equal(200, prompt.TokenIds!.Count);
    }

    [Theory]
    [InlineData(3_000)]
    [LongData(32_768)]
    public async Task BuildAsync_SyntheticVocabularies_Exact(int size)
    {
        var byteLevel = Gpt2Vocabulary.Create(size);
        foreach (var tokens in new[] { 9, 64, 2_048 })
        {
            var prompt = (await (await WordsOf(byteLevel)).BuildAsync(tokens, 1)).Prompt!;
            Assert.Equal(tokens, TestVocabularies.Referee.CountTokens(prompt.Text));
            Assert.Equal(tokens, prompt.TokenIds!.Count);
        }
        var sentencePiece = SpmVocabulary.Create(size);
        foreach (var tokens in new[] { 9, 64, 200 })
        {
            var prompt = (await (await WordsOf(sentencePiece)).BuildAsync(tokens, 1)).Prompt!;
            Assert.Equal([1, .. NaiveSentencePiece.Encode(sentencePiece, prompt.Text)], prompt.TokenIds!);
        }
    }

    [Fact]
    public async Task BuildAsync_SameNonceSeedAndVariant_SameBytes()
    {
        var first = (await (await WordsOf(TestVocabularies.Gpt2, seed: 9)).BuildAsync(2_048, 3)).Prompt!;
        var again = (await (await WordsOf(TestVocabularies.Gpt2, seed: 9)).BuildAsync(2_048, 3, first.Nonce)).Prompt!;
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(first.Nonce, again.Nonce);
        Assert.StartsWith(first.Nonce + " ", first.Text, StringComparison.Ordinal);

        var otherSeed = (await (await WordsOf(TestVocabularies.Gpt2, seed: 10)).BuildAsync(2_048, 3, first.Nonce)).Prompt!;
        var otherVariant = (await (await WordsOf(TestVocabularies.Gpt2, seed: 9)).BuildAsync(2_048, 4, first.Nonce)).Prompt!;
        Assert.NotEqual(first.Text, otherSeed.Text);
        Assert.NotEqual(first.Text, otherVariant.Text);
    }

    [Fact]
    public async Task BuildAsync_FixedNonce_IsTheSameTextOnEveryPlatformAndVersion()
    {
        var factory = await WordsOf(TestVocabularies.Gpt2, seed: 1);
        var prompt = (await factory.BuildAsync(16, 1, "the people")).Prompt!;
        Assert.Equal(
            "the people clinics transcripts whether dogged didn membership unison washed knows elementary thankful teams iod", prompt.Text);
    }

    [Fact]
    public async Task BuildAsync_ManyPrompts_ShareNoMoreThanBos()
    {
        var factory = await WordsOf(TestVocabularies.Gpt2);
        var firsts = new HashSet<int>();
        for (var i = 0; i < 1_000; i++)
        {
            var prompt = (await factory.BuildAsync(64, variant: 1)).Prompt!;
            Assert.True(firsts.Add(prompt.TokenIds![1]), "two prompts begin with the same word");
        }
    }

    [Fact]
    public async Task BuildAsync_Body_RepeatsTooLittleForGuardsAndGuessers()
    {
        var prompt = (await (await WordsOf(TestVocabularies.Gpt2)).BuildAsync(20_000, 1)).Prompt!;
        var ids = prompt.TokenIds!;
        Assert.True(ids.Distinct().Count() > 5_000);
        var pairs = ids.Zip(ids.Skip(1)).Distinct().Count();
        Assert.True(pairs > 19_900, $"only {pairs} of 19,999 pairs differ");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(4)]
    public async Task BuildAsync_TooFewTokens_SaysTheLeast(int tokens)
    {
        var result = await (await WordsOf(TestVocabularies.Gpt2)).BuildAsync(tokens, 1);
        Assert.Null(result.Prompt);
        Assert.Contains("at least 5", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuildAsync_FewestTokens_IsAllNonce()
    {
        var factory = await WordsOf(TestVocabularies.Gpt2);
        Assert.Equal(5, factory.MinimumTokens);
        var prompt = (await factory.BuildAsync(5, 1)).Prompt!;
        Assert.Equal(prompt.Nonce, prompt.Text);
        Assert.Equal(5, prompt.TokenIds!.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("xqzzy the")]
    [InlineData("the the the the the the the the the the the the the the the the the the the the the the the the the")]
    public async Task BuildAsync_NonceOfAnotherPrompt_NamesTheError(string nonce)
    {
        var result = await (await WordsOf(TestVocabularies.Gpt2)).BuildAsync(20, 1, nonce);
        Assert.Null(result.Prompt);
        Assert.Contains("nonce", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuildAsync_MillionTokens_Exact()
    {
        var prompt = (await (await WordsOf(TestVocabularies.Gpt2)).BuildAsync(1_000_000, 1)).Prompt!;
        Assert.Equal(1_000_000, TestVocabularies.Referee.CountTokens(prompt.Text) + 1);
    }

    [Fact]
    public async Task BuildAsync_FromManyThreads_AllExact()
    {
        var factory = await WordsOf(TestVocabularies.Gpt2);
        var prompts = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => factory.BuildAsync(500 + i, i))));
        Assert.All(prompts, (p, i) => Assert.Equal(500 + i, TestVocabularies.Referee.CountTokens(p.Prompt!.Text) + 1));
        Assert.Equal(16, prompts.Select(p => p.Prompt!.Nonce).Distinct().Count());
    }

    [Fact]
    public async Task CreateAsync_UnknownPreTokenizer_BuildsWordsButNoDocuments()
    {
        var vocabulary = TestVocabularies.Gpt2 with { PreTokenizerName = "never-heard-of" };
        var words = await WordsOf(vocabulary);
        Assert.Contains("by construction", words.CountingMethod, StringComparison.Ordinal);
        Assert.Contains("'never-heard-of' is unknown", words.CountingMethod, StringComparison.Ordinal);
        Assert.Equal(300, TestVocabularies.Referee.CountTokens((await words.BuildAsync(300, 1)).Prompt!.Text) + 1);

        var document = await PromptFactory.CreateAsync(
            vocabulary, null, new PromptSettings { Kind = PromptKind.Document, DocumentText = "some text" }, CancellationToken.None);
        Assert.Contains("never-heard-of", document.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("t5")]
    [InlineData("rwkv")]
    [InlineData("plamo2")]
    [InlineData("no_vocab")]
    [InlineData("")]
    public async Task CreateAsync_OtherFamilyAndNoCounting_IsAProblem(string family)
    {
        var factory = await WordsOf(TestVocabularies.Gpt2 with { Model = family });
        Assert.Contains($"'{family}'", factory.Problem, StringComparison.Ordinal);
        Assert.Equal(factory.Problem, (await factory.BuildAsync(100, 1)).Problem);
    }

    [Fact]
    public async Task CreateAsync_NeitherVocabularyNorCounting_IsAProblem()
    {
        var factory = await PromptFactory.CreateAsync(null, null, new PromptSettings(), CancellationToken.None);
        Assert.Contains("does not report its vocabulary, and the target cannot count", factory.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAsync_BrokenVocabularies_NeverThrow()
    {
        var gpt2 = TestVocabularies.Gpt2;
        Vocabulary[] broken =
        [
            gpt2 with { Merges = null },
            gpt2 with { Merges = [] },
            gpt2 with { Merges = ["", " ", "x", "a  b", "é nope", .. gpt2.Merges!.Take(10), .. gpt2.Merges!.Take(10)] },
            gpt2 with { Tokens = [], Kinds = [], Merges = [] },
            gpt2 with { Kinds = [] },
            gpt2 with { Tokens = [.. gpt2.Tokens, "Ġthe", ""], Kinds = [.. gpt2.Kinds, TokenKind.Normal, TokenKind.Normal] },
            TestVocabularies.SentencePiece with { Scores = null },
            TestVocabularies.SentencePiece with { Scores = [1f, 2f] },
            TestVocabularies.SentencePiece with { Scores = [.. TestVocabularies.SentencePiece.Tokens.Select(_ => float.NaN)] },
            TestVocabularies.SentencePiece with { Tokens = ["", "\uD800", "▁a"], Kinds = [], Scores = [0, 0, 0] },
        ];
        foreach (var vocabulary in broken)
        {
            var factory = await WordsOf(vocabulary);
            var result = await factory.BuildAsync(100, 1);
            Assert.True(result.Prompt is null ^ result.Problem is null);
        }
    }

    [Fact]
    public async Task CreateAsync_EntriesThatSpanBlanks_TheirWordsAreNotUsed()
    {
        // "e▁of" could join a word that ends in e with its neighbour.
        var vocabulary = TestVocabularies.SentencePiece.With("e▁of", TokenKind.Normal);
        var prompt = (await (await WordsOf(vocabulary)).BuildAsync(300, 1)).Prompt!;
        Assert.DoesNotContain("e ", prompt.Text + " ", StringComparison.Ordinal);
        Assert.Equal(299, NaiveSentencePiece.Encode(vocabulary, prompt.Text).Count);
    }

    [Fact]
    public async Task CreateAsync_CountingThatAgrees_MeasuresTheTemplate()
    {
        var factory = await PromptFactory.CreateAsync(TestVocabularies.Gpt2, Counting(added: 7), new PromptSettings(),
            CancellationToken.None);
        Assert.Equal(7, factory.AddedTokens);
        Assert.Contains("confirmed by the target's own count", factory.CountingMethod, StringComparison.Ordinal);
        var prompt = (await factory.BuildAsync(900, 1)).Prompt!;
        Assert.Equal(900, TestVocabularies.Referee.CountTokens(prompt.Text) + 7);
        Assert.Null(prompt.TokenIds);
    }

    [Fact]
    public async Task CreateAsync_AddedTokensThatTheTargetDenies_IsAProblem()
    {
        var factory = await PromptFactory.CreateAsync(
            TestVocabularies.Gpt2, Counting(added: 7), new PromptSettings { AddedTokens = 1 }, CancellationToken.None);
        Assert.Contains("AddedTokens is 1, but the target adds 7", factory.Problem, StringComparison.Ordinal);
        var negative = await PromptFactory.CreateAsync(TestVocabularies.Gpt2, null, new PromptSettings { AddedTokens = -1 },
            CancellationToken.None);
        Assert.Contains("AddedTokens is -1", negative.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAsync_CountingThatGivesNothing_IsAsIfThereWereNone()
    {
        var factory = await PromptFactory.CreateAsync(
            TestVocabularies.Gpt2, (_, _) => Task.FromResult<int?>(null), new PromptSettings(), CancellationToken.None);
        Assert.DoesNotContain("confirmed", factory.CountingMethod, StringComparison.Ordinal);
        Assert.Equal(100, (await factory.BuildAsync(100, 1)).Prompt!.TokenIds!.Count);
    }

    [Fact]
    public async Task BuildAsync_TargetThatCountsLongTextsOtherwise_IsAProblemNotAWrongPrompt()
    {
        var factory = await PromptFactory.CreateAsync(
            TestVocabularies.Gpt2,
            (text, _) => Task.FromResult<int?>(Math.Min(512, TestVocabularies.Referee.CountTokens(text) + 1)),
            new PromptSettings(),
            CancellationToken.None);
        Assert.NotNull((await factory.BuildAsync(512, 1)).Prompt);
        var tooLong = await factory.BuildAsync(1_000, 1);
        Assert.Null(tooLong.Prompt);
        Assert.Contains("counts 512 tokens for a prompt of 1000", tooLong.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuildAsync_Cancelled_Throws()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PromptFactory.CreateAsync(
            TestVocabularies.Gpt2, (_, token) => Task.FromCanceled<int?>(token), new PromptSettings(), cancelled.Token));
    }

    internal static Func<string, CancellationToken, Task<int?>> Counting(int added) =>
        (text, _) => Task.FromResult<int?>(TestVocabularies.Referee.CountTokens(text) + added);

    private static readonly Dictionary<(string, int), Task<PromptFactory>> Factories = [];

    private static Task<PromptFactory> FactoriesBySeed(Vocabulary vocabulary, int seed)
    {
        lock (Factories)
        {
            return Factories.TryGetValue((vocabulary.Model, seed), out var factory)
                ? factory
                : Factories[(vocabulary.Model, seed)] = WordsOf(vocabulary, seed);
        }
    }
}
