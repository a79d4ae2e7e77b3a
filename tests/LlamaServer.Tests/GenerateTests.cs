using System.Diagnostics;
using System.Text.Json.Nodes;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts;

namespace MemoryWall.LlamaServer.Tests;

public sealed class GenerateTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static object Body(int[] tokens, int predict = 8, int window = 2048, bool cache = false, int batch = 128,
        object? more = null) => new
        {
            model = TinyModel.Name,
            options = more ?? new { num_ctx = window, num_predict = predict, num_batch = batch },
            memory_wall = new
            {
                prompt_tokens = tokens,
                ignore_eos = true,
                prompt_cache = cache,
                prompt_progress = true,
                token_times = true
            },
        };

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1000)]
    public async Task Generate_TokenIds_CountsExactlyAndMarksEveryBatchAndToken(int count)
    {
        var lines = await server.GenerateAsync(Body(TinyModel.Tokens(count)));

        var final = lines[^1];
        Assert.True((bool)final["done"]!);
        Assert.Equal(count, (int)final["prompt_eval_count"]!);
        Assert.Equal(0, (int)final["prompt_eval_cached_count"]!);
        Assert.Equal(8, (int)final["eval_count"]!);
        Assert.Equal("length", (string)final["done_reason"]!);
        var progress = lines.Select(line => line["memory_wall"]?["prompt_progress"]).OfType<JsonNode>().ToList();
        Assert.Equal((count + 127) / 128, progress.Count);
        Assert.Equal(count, (int)progress[^1]["done"]!);
        var times = lines.Where(line => line["memory_wall"]?["elapsed_ns"] is JsonArray)
            .SelectMany(line => line["memory_wall"]!["elapsed_ns"]!.AsArray()).Select(value => (long)value!).ToList();
        Assert.Equal(8, times.Count);
        Assert.Equal(times.Order(), times);
        Assert.True(times[0] >= (long)progress[^1]["elapsed_ns"]!, "the first token comes after the last batch");
        Assert.True((long)final["memory_wall"]!["prefill_ns"]! <= (long)final["prompt_eval_duration"]!);
    }

    [Fact]
    public async Task Generate_SamePromptTwice_CacheIsReportedOrUnused()
    {
        var tokens = TinyModel.Tokens(500, seed: 7);
        await server.GenerateAsync(Body(tokens, cache: true));

        var cached = (await server.GenerateAsync(Body(tokens, cache: true)))[^1];
        var cold = (await server.GenerateAsync(Body(tokens, cache: false)))[^1];

        Assert.Equal(499, (int)cached["prompt_eval_cached_count"]!);
        Assert.Equal(500, (int)cached["prompt_eval_count"]!);
        Assert.Equal(0, (int)cold["prompt_eval_cached_count"]!);
    }

    [Fact]
    public async Task Generate_CachedPrefix_SameAnswerAsCold()
    {
        var tokens = TinyModel.Tokens(300, seed: 9);
        string Text(List<JsonNode> lines) => string.Concat(lines.Select(line => (string)line["response"]!));
        var cold = Text(await server.GenerateAsync(Body(tokens, predict: 16)));
        // The prefix ends where a batch ends, so both requests do the same operations in the same order and the answers are equal to the
        // last bit.
        await server.GenerateAsync(Body([.. tokens[..256], .. TinyModel.Tokens(44, seed: 10)], cache: true));
        var warm = Text(await server.GenerateAsync(Body(tokens, predict: 16, cache: true)));
        Assert.Equal(cold, warm);
    }

    [Fact]
    public async Task Generate_PromptLongerThanTheWindow_RefusedWithBothNumbers()
    {
        var (status, error) = await server.RefusedAsync("api/generate", Body(TinyModel.Tokens(600), window: 512));
        Assert.Equal(400, status);
        Assert.Contains("600 tokens", error);
        Assert.Contains("512", error);
    }

    [Fact]
    public async Task Generate_TruncateAskedFor_CutAndSaidSo()
    {
        var lines = await server.GenerateAsync(new
        {
            model = TinyModel.Name,
            truncate = true,
            options = new { num_ctx = 256, num_predict = 4 },
            memory_wall = new { prompt_tokens = TinyModel.Tokens(600), ignore_eos = true },
        });
        Assert.Equal(252, (int)lines[^1]["prompt_eval_count"]!);
        Assert.Equal(600, (int)lines[^1]["memory_wall"]!["prompt_tokens_sent"]!);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(40, 40)]
    public async Task Generate_NumPredict_GivesAsMany(int predict, int expected)
    {
        var final = (await server.GenerateAsync(Body(TinyModel.Tokens(64), predict)))[^1];
        Assert.Equal(expected, (int)final["eval_count"]!);
        if (expected < 2)
            Assert.Equal(0, (long)final["eval_duration"]!);
    }

    [Fact]
    public async Task Generate_NoLimit_EndsAtTheWindowWithoutShifting()
    {
        var final = (await server.GenerateAsync(Body(TinyModel.Tokens(200), predict: -1, window: 256)))[^1];
        Assert.Equal(56, (int)final["eval_count"]!);
        Assert.Equal("length", (string)final["done_reason"]!);
    }

    [Fact]
    public async Task Generate_StopText_EndsBeforeIt()
    {
        var whole = string.Concat(
            (await server.GenerateAsync(Body(TinyModel.Tokens(64), predict: 20))).Select(line => (string)line["response"]!));
        var stop = whole[5..8];
        var lines = await server.GenerateAsync(
            Body(TinyModel.Tokens(64), more: new { num_ctx = 2048, num_predict = 20, num_batch = 128, stop = new[] { stop } }));
        Assert.Equal("stop", (string)lines[^1]["done_reason"]!);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)],
            string.Concat(lines.Select(line => (string)line["response"]!)));
    }

    [Theory]
    [InlineData("f16", "on")]
    [InlineData("f16", "off")]
    [InlineData("q8_0", "auto")]
    [InlineData("q4_0", "on")]
    public async Task Generate_KvTypesAndFlashAttention_ReportTheirBuffers(string kvType, string flash)
    {
        var final = (await server.GenerateAsync(
            Body(TinyModel.Tokens(64), more: new { num_ctx = 1024, num_predict = 4, kv_type = kvType, flash_attention = flash })))[^1];
        // 2 layers, K and V of 2 heads × 32: 256 elements per token.
        var expected = 1024 * 256 * (kvType switch { "f16" => 2.0, "q8_0" => 34 / 32.0, _ => 18 / 32.0 });
        Assert.Equal(1024, (int)final["memory_wall"]!["window_tokens"]!);
        Assert.InRange((double)final["memory_wall"]!["kv_bytes"]!, expected * 0.98 - 10_486, expected * 1.02 + 10_486);
    }

    [Theory]
    [InlineData("num_ctx", "\"x\"")]
    [InlineData("num_ctx", "2048.5")]
    [InlineData("num_ctx", "0")]
    [InlineData("num_ctx", "9000")]
    [InlineData("num_batch", "0")]
    [InlineData("num_thread", "-1")]
    [InlineData("kv_type", "\"f8\"")]
    [InlineData("flash_attention", "\"maybe\"")]
    [InlineData("load_mode", "\"swap\"")]
    [InlineData("temperature", "\"hot\"")]
    public async Task Generate_WrongOption_RefusedByName(string option, string value)
    {
        var body = JsonNode.Parse($$"""{ "model": "tiny", "prompt": "x", "options": { "{{option}}": {{value}} } }""")!;
        var (status, error) = await server.RefusedAsync("api/generate", body);
        Assert.Equal(400, status);
        Assert.Contains(option, error);
    }

    [Fact]
    public async Task Generate_TokenOutsideTheVocabulary_RefusedByPosition()
    {
        var (status, error) = await server.RefusedAsync("api/generate", Body([300, 5000]));
        Assert.Equal(400, status);
        Assert.Contains("prompt_tokens[1]", error);
    }

    [Fact]
    public async Task Generate_UnknownModel_404()
    {
        var (status, error) = await server.RefusedAsync("api/generate", new { model = "other", prompt = "x" });
        Assert.Equal(404, status);
        Assert.Contains("'other' not found", error);
    }

    [Fact]
    public async Task Generate_LoadAndUnload_AreSeenInPs()
    {
        var load = await server.GenerateAsync(new { model = TinyModel.Name, stream = false, options = new { num_ctx = 512 } });
        Assert.Equal("load", (string)load[0]["done_reason"]!);
        var running = JsonNode.Parse(await server.Http.GetStringAsync("api/ps"))!["models"]!.AsArray();
        Assert.Equal(512, (int)running[0]!["context_length"]!);

        var unload = await server.GenerateAsync(new { model = TinyModel.Name, keep_alive = 0, stream = false });
        Assert.Equal("unload", (string)unload[0]["done_reason"]!);
        Assert.Empty(JsonNode.Parse(await server.Http.GetStringAsync("api/ps"))!["models"]!.AsArray());
    }

    [Fact]
    public async Task Generate_KeepAlive_TheModelGoesWhenItsTimeIsOverAndNotBefore()
    {
        static async Task<int> LoadedAsync(RunningServer server) =>
            JsonNode.Parse(await server.Http.GetStringAsync("api/ps"))!["models"]!.AsArray().Count;
        Task KeepAsync(string time) => server.GenerateAsync(
            new { model = TinyModel.Name, stream = false, keep_alive = time, options = new { num_ctx = 512 } });
        await KeepAsync("10m");
        Assert.Equal(1, await LoadedAsync(server));
        await KeepAsync("200ms");
        for (var waited = Stopwatch.StartNew(); await LoadedAsync(server) > 0;)
        {
            Assert.True(waited.Elapsed < TestedProgram.Patience, "it stayed");
            await Task.Delay(50);
        }
        var (status, error) = await server.RefusedAsync("api/generate", new { model = TinyModel.Name, keep_alive = "soon" });
        Assert.Equal(400, status);
        Assert.Contains("keep_alive", error);
    }

    [Fact]
    public async Task Generate_TwoAtOnce_TheSecondReportsItsWait()
    {
        await server.GenerateAsync(Body(TinyModel.Tokens(8)));
        var first = server.GenerateAsync(Body(TinyModel.Tokens(1900, seed: 3), predict: 100));
        var second = server.GenerateAsync(Body(TinyModel.Tokens(1900, seed: 4), predict: 100));
        var waits = (await Task.WhenAll(first, second)).Select(lines => (long)lines[^1]["memory_wall"]!["queue_ns"]!).Order().ToList();
        Assert.True(waits[1] > 1_000_000, $"waits: {waits[0]} and {waits[1]} ns");
    }

    [Fact]
    public async Task Generate_ClientGoesAway_TheWorkerIsFreeAtOnce()
    {
        using var load = MachineLoad.Watch();
        using var source = new CancellationTokenSource();
        var body = Body(TinyModel.Tokens(4000, seed: 5), predict: 4000, window: 8192, batch: 4096);
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "api/generate")
        { Content = System.Net.Http.Json.JsonContent.Create(body) };
        var sending = server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, source.Token);
        await Task.Delay(50);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);

        var final = (await server.GenerateAsync(Body(TinyModel.Tokens(64), window: 8192, batch: 4096)))[^1];

        Assert.Equal(64, (int)final["prompt_eval_count"]!);
        // The rest of 8,000 tokens would have taken seconds.
        load.Judge(() =>
            Assert.True((long)final["memory_wall"]!["queue_ns"]! < 2_000_000_000, $"waited {final["memory_wall"]!["queue_ns"]} ns"));
    }

    // The server's own tokenizer makes the same tokens of a text that the client has counted, so that the same N gives the same answer.
    [Theory]
    [InlineData(40)]
    [InlineData(700)]
    public async Task Generate_TextOrTokenIds_GivesTheSameAnswerAndTimesTheTokenizer(int count)
    {
        var vocabulary = VocabularyReader.Read(ModelMetadata.FromFile(await TinyModel.PathAsync()))!;
        var prompts = await PromptFactory.CreateAsync(vocabulary, null, new PromptSettings(), CancellationToken.None);
        Assert.True(prompts.IsTextExact);
        var prompt = (await prompts.BuildAsync(count, variant: 1)).Prompt!;
        var options = new { num_ctx = 2048, num_predict = 16 };

        var asText = await server.GenerateAsync(new
        {
            model = TinyModel.Name,
            prompt = prompt.Text,
            raw = true,
            options,
            memory_wall = new { ignore_eos = true, prompt_cache = false },
        });
        var asIds = await server.GenerateAsync(new
        {
            model = TinyModel.Name,
            options,
            memory_wall = new { prompt_tokens = prompt.TokenIds, ignore_eos = true, prompt_cache = false },
        });

        Assert.Equal((count, count), ((int)asText[^1]["prompt_eval_count"]!, (int)asIds[^1]["prompt_eval_count"]!));
        string Answer(List<JsonNode> lines) => string.Concat(lines.Select(line => (string?)line["response"]));
        Assert.Equal(Answer(asIds), Answer(asText));
        var report = asText[^1]["memory_wall"]!;
        Assert.InRange((long)report["tokenize_ns"]!, 1, (long)asText[^1]["total_duration"]!);
        Assert.InRange((long)report["first_token_ns"]!, 0, (long)asText[^1]["total_duration"]!);
        Assert.Null(asIds[^1]["memory_wall"]!["tokenize_ns"]);
        Assert.NotNull(asIds[^1]["memory_wall"]!["first_token_ns"]);
    }
}
