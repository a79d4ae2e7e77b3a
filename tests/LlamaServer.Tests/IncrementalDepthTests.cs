using System.Text.Json.Nodes;

namespace MemoryWall.LlamaServer.Tests;

public sealed class IncrementalDepthTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const int Batch = 128;

    private static object Body(int[] tokens, int[] probeAt, int? probeBatch = null, int predict = 16, int window = 8192,
        Extras? extras = null) => new
        {
            model = TinyModel.Name,
            options = new { num_ctx = window, num_predict = predict, num_batch = Batch },
            memory_wall = new
            {
                prompt_tokens = tokens,
                probe_at = probeAt,
                probe_batch = probeBatch,
                jump_tokens = extras?.SkipTokens ?? 0,
                ignore_eos = true,
                prompt_cache = extras?.PromptCache ?? false,
                prompt_progress = true,
                token_times = true
            },
        };

    // Settings that cannot be combined with incremental depth.
    private sealed record Extras(bool PromptCache = false, int SkipTokens = 0);

    private static List<JsonNode> Probes(List<JsonNode> lines) =>
        [.. lines.Select(line => line["memory_wall"]?["probe"]).OfType<JsonNode>()];

    private static List<(int Done, long Elapsed)> Progress(List<JsonNode> lines) =>
        [.. lines.Select(line => line["memory_wall"]?["prompt_progress"]).OfType<JsonNode>()
            .Select(progress => ((int)progress["done"]!, (long)progress["elapsed_ns"]!))];

    /// <summary>The answers at each depth.</summary>
    private static List<string> Answers(List<JsonNode> lines)
    {
        var answers = new List<string> { "" };
        foreach (var line in lines)
        {
            if (line["memory_wall"]?["probe"] is not null)
                answers.Add("");
            else
                answers[^1] += (string)line["response"]!;
        }
        return answers[..^1];
    }

    [Fact]
    public async Task Generate_ProbeAt_EachAnswerIsThatOfAColdPromptOfThisLength()
    {
        var tokens = TinyModel.Tokens(2048);
        // Batches end at these depths, so both ways do the same operations in the same order.
        int[] depths = [256, 1024, 2048];
        var pass = Answers(await server.GenerateAsync(Body(tokens, depths)));

        Assert.Equal(3, pass.Distinct().Count());
        for (var i = 0; i < depths.Length; i++)
        {
            var cold = await server.GenerateAsync(Body(tokens[..depths[i]], []));
            Assert.Equal(string.Concat(cold.Select(line => (string)line["response"]!)), pass[i]);
        }
    }

    [Theory]
    [InlineData(256, 1024, 2048)]
    [InlineData(1, 100, 1000)]
    [InlineData(777)]
    public async Task Generate_ProbeAt_ThePromptIsComputedOnceAndTheTimesCountAsIfThereWereNoProbes(params int[] depths)
    {
        var lines = await server.GenerateAsync(Body(TinyModel.Tokens(depths[^1]), depths));

        var probes = Probes(lines);
        Assert.Equal(depths, probes.Select(probe => (int)probe["depth"]!));
        Assert.All(probes, probe => Assert.Equal((16, 0), ((int)probe["eval_count"]!, (int)probe["jumped_prompt_tokens"]!)));
        var progress = Progress(lines);
        Assert.Equal(progress.Select(mark => mark.Done).Distinct().Order(), progress.Select(mark => mark.Done));
        Assert.Equal(depths[^1], progress[^1].Done);
        Assert.Equal(progress.Select(mark => mark.Elapsed).Order(), progress.Select(mark => mark.Elapsed));
        foreach (var probe in probes)
        {
            // The last batch of this depth ends where its prefill ends; no answer is timed in between.
            var batch = progress.Single(mark => mark.Done == (int)probe["depth"]!);
            Assert.True(batch.Elapsed <= (long)probe["prompt_eval_duration"]!);
            Assert.True((long)probe["prefill_ns"]! <= (long)probe["prompt_eval_duration"]!);
            Assert.True((long)probe["generation_ns"]! <= (long)probe["eval_duration"]!);
        }
        // The times of all batches are within the sum of the prefill, so no batch includes the time of an answer.
        Assert.InRange((long)probes[^1]["prompt_eval_duration"]! - (long)probes[^1]["prefill_ns"]!, 0,
            (long)probes[^1]["prompt_eval_duration"]! / 2 + 20_000_000);
        Assert.Equal(depths[^1], (int)lines[^1]["prompt_eval_count"]!);
        Assert.Equal(16 * depths.Length, (int)lines[^1]["eval_count"]!);
    }

    [Fact]
    public async Task Generate_ProbeBatch_OnlyTheLastBatchBeforeEachDepthIsComputed()
    {
        int[] depths = [100, 1000, 1050, 8000];
        var lines = await server.GenerateAsync(Body(TinyModel.Tokens(8000), depths, probeBatch: Batch));

        Assert.Equal([0, 872, 922, 7872], Probes(lines).Select(probe => (int)probe["jumped_prompt_tokens"]!));
        Assert.Equal(depths, Progress(lines).Select(mark => mark.Done));
        Assert.All(Probes(lines), probe => Assert.Equal(16, (int)probe["eval_count"]!));
        // The result at a depth is the same as with a skipped prefill to that depth.
        var own = await server.GenerateAsync(Body(TinyModel.Tokens(8000)[..100], []));
        Assert.Equal(string.Concat(own.Select(line => (string)line["response"]!)), Answers(lines)[0]);
    }

    [Fact]
    public async Task Generate_AfterSyntheticDepth_NothingIsTakenForACache()
    {
        var tokens = TinyModel.Tokens(1000, seed: 4);
        await server.GenerateAsync(Body(tokens, [500, 1000], probeBatch: Batch));
        var after = await server.GenerateAsync(Body(tokens, [], extras: new Extras(PromptCache: true)));
        Assert.Equal(0, (int)after[^1]["prompt_eval_cached_count"]!);
    }

    [Theory]
    [InlineData("probe_at[1]", new[] { 100, 100, 200 })]
    [InlineData("probe_at[1]", new[] { 100, 50, 200 })]
    [InlineData("probe_at[0]", new[] { 0, 200 })]
    [InlineData("probe_at[0]", new[] { -5, 200 })]
    [InlineData("probe_at", new[] { 100, 199 })]
    [InlineData("probe_at", new[] { 100, 201 })]
    public async Task Generate_WrongDepths_RefusedByName(string field, int[] depths)
    {
        var (status, error) = await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(200), depths));
        Assert.Equal(400, status);
        Assert.StartsWith(field + ":", error);
    }

    [Fact]
    public async Task Generate_PassThatDoesNotFitOrIsAskedForMore_RefusedByName()
    {
        Assert.StartsWith("num_predict:",
            (await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(250), [250], window: 256))).Error);
        Assert.StartsWith("num_predict:",
            (await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(250), [250], predict: -1))).Error);
        Assert.StartsWith("probe_at:",
            (await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(250), [250], extras: new Extras(PromptCache: true)))).Error);
        Assert.StartsWith("probe_at:",
            (await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(250), [250], extras: new Extras(SkipTokens: 10)))).Error);
    }
}
