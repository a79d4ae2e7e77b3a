using MemoryWall.Core.Plan;
using MemoryWall.Prompts;

namespace MemoryWall.Engine.Tests.Prompts;

/// <summary>Targets that report no vocabulary, with correct and with false token counts.</summary>
public sealed class WordCalibratorTests
{
    private static Task<PromptFactory> Against(Func<string, int?> count, PromptSettings? settings = null) =>
        PromptFactory.CreateAsync(null, (text, _) => Task.FromResult(count(text)), settings ?? new PromptSettings(),
            CancellationToken.None);

    private static int Gpt2(string text) => TestVocabularies.Referee.CountTokens(text);

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(37, true)]
    public async Task BuildAsync_HonestCounting_Exact(int added, bool confirm)
    {
        var factory = await Against(text => Gpt2(text) + added, new PromptSettings { ConfirmEach = confirm });
        Assert.Null(factory.Problem);
        Assert.Equal(added, factory.AddedTokens);
        Assert.Contains("calibrated", factory.CountingMethod, StringComparison.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            var prompt = (await factory.BuildAsync(added + 20 + (i * 97), i)).Prompt!;
            Assert.Equal(prompt.TokenCount, Gpt2(prompt.Text) + added);
            Assert.Null(prompt.TokenIds);
        }
    }

    [Fact]
    public async Task BuildAsync_TokenizerThatCutsManyWords_FindsThoseItDoesNotCut()
    {
        // Words of more than five letters are two tokens here. A text whose first word begins with a vowel has one more token.
        static int Count(string text) =>
            3 + text.Split(' ').Sum(word => word.Length > 5 ? 2 : 1) + ("aeiou".Contains(text[0], StringComparison.Ordinal) ? 1 : 0);

        var factory = await Against(text => Count(text));
        Assert.Null(factory.Problem);
        Assert.Equal(3, factory.AddedTokens);
        var prompt = (await factory.BuildAsync(2_000, 1)).Prompt!;
        Assert.Equal(2_000, Count(prompt.Text));
        Assert.All(prompt.Text.Split(' '), word => Assert.True(word.Length <= 5));
    }

    [Theory]
    [InlineData(PromptKind.Words)]
    [InlineData(PromptKind.Document)]
    public async Task BuildAsync_CountingThatComputes_NeverSeesTheBeginningOfAPromptBeforeItsTrial(PromptKind kind)
    {
        var seen = new List<string>();
        var factory = await Against(
            text =>
            {
                seen.Add(text);
                return Gpt2(text) + 5;
            },
            new PromptSettings
            {
                Kind = kind,
                DocumentText = "It was a bright cold day in April. The clocks were striking thirteen.",
                CountRunsPrefill = () => true
            });
        Assert.Null(factory.Problem);
        for (var i = 0; i < 12; i++)
        {
            seen.Clear();
            var tokens = 200 + (i % 3 * 100);
            var prompt = (await factory.BuildAsync(tokens, i)).Prompt!;
            Assert.Equal(tokens, Gpt2(prompt.Text) + 5);
            // Not even its first three words may be equal: a prompt cache matches from the first token on.
            var beginning = string.Join(' ', prompt.Text.Split(' ').Take(3));
            Assert.DoesNotContain(seen, text => text.StartsWith(beginning, StringComparison.Ordinal));
            // All words have the same token count, so a confirmed length needs no other prefill.
            if (kind == PromptKind.Words)
                Assert.Equal(i < 3 ? 1 : 0, seen.Count);
        }
    }

    [Fact]
    public async Task CreateAsync_CountsOnlyAsOftenAsAllowed()
    {
        var calls = 0;
        var factory = await Against(
            text =>
            {
                calls++;
                return 1 + text.Split(' ').Sum(word => word.Length > 4 ? 3 : 1);
            },
            new PromptSettings { MaxCalibrationCalls = 80 });
        Assert.Null(factory.Problem);
        Assert.InRange(calls, 10, 80);
    }

    public static TheoryData<string, Func<string, int?>> Liars => new()
    {
        { "does not grow", _ => 100 },
        { "gave no count", _ => null },
        { "counted 0 tokens", _ => 0 },
        { "counted -7 tokens", _ => -7 },
        { "capped", text => Math.Min(50, Gpt2(text) + 1) },
        { "capped", text => Math.Min(300, Gpt2(text) + 1) },
        { "could not count: down", _ => throw new HttpRequestException("down") },
        { "tokens for 32 words", text => (Gpt2(text) + 3) / 2 },
        { "only 0 words of one token", text => 2 * Gpt2(text) },
        { "only 0 words of one token", text => text.Length },
    };

    [Theory]
    [MemberData(nameof(Liars))]
    public async Task CreateAsync_CountingThatCannotBeTrusted_SaysWhy(string reason, Func<string, int?> count)
    {
        var factory = await Against(count);
        Assert.Contains(reason, factory.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAsync_CountingThatChangesItsMind_SaysWhy()
    {
        var calls = 0;
        var factory = await Against(text => Gpt2(text) + ++calls);
        Assert.Contains("are inconsistent", factory.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuildAsync_CountingThatFailsLater_IsAProblem()
    {
        var broken = false;
        var factory = await Against(text => broken ? null : Gpt2(text) + 1);
        broken = true;
        Assert.Contains("gave no count", (await factory.BuildAsync(200, 1)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuildAsync_TargetThatAddsMoreToLongTexts_IsCorrected()
    {
        var factory = await Against(text => Gpt2(text) + (text.Length > 20_000 ? 9 : 4));
        var prompt = (await factory.BuildAsync(6_000, 1)).Prompt!;
        Assert.Equal(6_000, Gpt2(prompt.Text) + 9);
    }
}
