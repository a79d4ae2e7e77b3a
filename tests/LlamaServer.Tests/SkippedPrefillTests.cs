using System.Text.Json.Nodes;

namespace MemoryWall.LlamaServer.Tests;

public sealed class SkippedPrefillTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static object Body(int[] tokens, int jump, int predict = 8, bool cache = false, string kvType = "f16",
        string flash = "auto") => new
        {
            model = TinyModel.Name,
            options = new { num_ctx = 8192, num_predict = predict, num_batch = 128, kv_type = kvType, flash_attention = flash },
            memory_wall = new
            {
                prompt_tokens = tokens,
                jump_tokens = jump,
                ignore_eos = true,
                prompt_cache = cache,
                prompt_progress = true,
                token_times = true
            },
        };

    private static string Text(List<JsonNode> lines) => string.Concat(lines.Select(line => (string)line["response"]!));

    [Theory]
    [InlineData(8000, 7872)]
    [InlineData(1000, 1)]
    [InlineData(1000, 999)]
    public async Task Generate_Jump_OnlyTheRestIsComputedAndTheWholeIsCounted(int count, int jump)
    {
        var lines = await server.GenerateAsync(Body(TinyModel.Tokens(count), jump));

        var final = lines[^1];
        Assert.Equal(count, (int)final["prompt_eval_count"]!);
        Assert.Equal(jump, (int)final["memory_wall"]!["jumped_prompt_tokens"]!);
        Assert.Equal(0, (int)final["memory_wall"]!["cached_prompt_tokens"]!);
        Assert.Equal(8, (int)final["eval_count"]!);
        Assert.True((long)final["memory_wall"]!["jump_ns"]! > 0);
        var batches = lines.Select(line => line["memory_wall"]?["prompt_progress"]).OfType<JsonNode>()
            .Select(progress => (int)progress["done"]!).ToList();
        Assert.Equal(Enumerable.Range(1, (count - jump + 127) / 128).Select(batch => Math.Min(count, jump + batch * 128)), batches);
    }

    [Theory]
    [InlineData("f16", "on")]
    [InlineData("f16", "off")]
    [InlineData("q8_0", "on")]
    [InlineData("q4_0", "on")]
    public async Task Generate_Jump_FillsEveryCellOfEveryKvTypeWithNumbers(string kvType, string flash)
    {
        var tokens = TinyModel.Tokens(4000);
        var lines = await server.GenerateAsync(Body(tokens, 3900, kvType: kvType, flash: flash));

        var report = lines[^1]["memory_wall"]!;
        Assert.InRange((long)report["jump_filled_bytes"]!, (long)report["kv_bytes"]! - 10_486, (long)report["kv_bytes"]! + 10_486);
        // If cells were NaN, all scores would be equal and the first token of the vocabulary the most likely.
        Assert.True(Text(lines).Length > 0);
        Assert.NotEqual(Text(lines),
            Text(await server.GenerateAsync(
                Body([.. tokens[..3900], .. TinyModel.Tokens(100, seed: 5)], 3900, kvType: kvType, flash: flash))));
    }

    [Fact]
    public async Task Generate_AfterAJump_NothingOfItIsTakenForACache()
    {
        var tokens = TinyModel.Tokens(600, seed: 2);
        var cold = Text(await server.GenerateAsync(Body(tokens, jump: 0, predict: 16)));
        await server.GenerateAsync(Body(tokens, jump: 500));

        var after = await server.GenerateAsync(Body(tokens, jump: 0, predict: 16, cache: true));

        Assert.Equal(0, (int)after[^1]["prompt_eval_cached_count"]!);
        Assert.Equal(cold, Text(after));
        Assert.Null(after[^1]["memory_wall"]!["jumped_prompt_tokens"]);
    }

    [Theory]
    [InlineData(600)]
    [InlineData(601)]
    public async Task Generate_JumpOverTheWholePrompt_RefusedByName(int jump)
    {
        var (status, error) = await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(600), jump));
        Assert.Equal(400, status);
        Assert.Contains("jump_tokens", error);
    }
}
