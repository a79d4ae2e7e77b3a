using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.Ollama;

namespace MemoryWall.Engine.Tests.Targets.Ollama;

public class OllamaTargetTests
{
    [Theory]
    [InlineData(Speaks.OllamaOld)]
    [InlineData(Speaks.OllamaNew)]
    public async Task Infer_ExternalServer_SendsTheOptionsOfATrial(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour());
        await scripted.InferAsync();
        var call = Calls(scripted).Single(call => call.GetProperty("prompt").GetString()!.Length > 0);
        Assert.True(call.GetProperty("raw").GetBoolean());
        Assert.False(call.GetProperty("truncate").GetBoolean());
        Assert.True(call.GetProperty("stream").GetBoolean());
        Assert.Equal("30m", call.GetProperty("keep_alive").GetString());
        Assert.False(call.TryGetProperty("shift", out _));
        Assert.False(call.TryGetProperty("memory_wall", out _));
        var options = call.GetProperty("options");
        Assert.Equal(Scripted.Request().WindowTokens, options.GetProperty("num_ctx").GetInt32());
        Assert.Equal(512, options.GetProperty("num_batch").GetInt32());
        Assert.Equal(Scripted.Asked, options.GetProperty("num_predict").GetInt32());
        Assert.True(options.GetProperty("temperature").GetSingle() > 0);
    }

    [Fact]
    public async Task Load_AndInfer_StartTheRunnerAlike()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaNew, new Behaviour());
        await scripted.InferAsync();
        var options = Calls(scripted).Select(call => call.GetProperty("options")).ToList();
        Assert.Equal(2, options.Count);
        foreach (var name in (string[])["num_ctx", "num_batch"])
            Assert.Equal(options[0].GetProperty(name).GetRawText(), options[1].GetProperty(name).GetRawText());
    }

    [Fact]
    public async Task Infer_RepeatGuard_IsBrokenProtocolThatNamesIt()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaNew, new Behaviour { Ending = Ending.RepeatGuard, EndAfter = 5 });
        var report = await scripted.InferAsync();
        Assert.Contains("repeats", Assert.IsType<ProtocolViolation>(report.Outcome).Reason, StringComparison.Ordinal);
        Assert.Equal(5, report.Marks.Count);
    }

    [Fact]
    public async Task Infer_ModelLoadedAnew_IsFlagged()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaOld, new Behaviour { ReportedLoad = TimeSpan.FromMilliseconds(900) });
        Assert.Contains("reloaded", Reviewed.Doubts(await scripted.InferAsync()));
    }

    [LongFact]
    public async Task Load_LongMemoryRefusal_IsWaitedFor()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaNew,
            new Behaviour
            {
                Load = TimeSpan.FromSeconds(3),
                LoadRefusal = (500, """{"error":"failed to allocate buffer for kv cache"}""")
            });
        Assert.IsType<OutOfMemory>((await scripted.Target.LoadAsync(1024, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Load_PastItsLimit_TimesOut()
    {
        var limit = TimeSpan.FromMilliseconds(200);
        await using var server = OllamaScript.Start(new Behaviour { Load = TimeSpan.FromMinutes(1) }, OllamaGeneration.New);
        await using var target = new OllamaTarget(
            new TargetSetup { Endpoint = server.Endpoint, Model = "tiny", Limits = new PhaseLimits { Load = limit } }, RunClock.Start());
        Assert.Equal(new TimedOut(Phase.Load, limit), (await target.LoadAsync(1024, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Dispose_ModelNotLoadedBefore_UnloadsIt()
    {
        await using var server = OllamaScript.Start(new Behaviour(), OllamaGeneration.New);
        await using (var target = Scripted.Open(Speaks.OllamaNew, server.Endpoint, "tiny"))
            await target.LoadAsync(1024, CancellationToken.None);
        Assert.Equal(["30m", "0s"],
            server.Requests.Where(request => request.Path == "/api/generate")
                .Select(request => request.Json.GetProperty("keep_alive").GetString()));
    }

    [Theory]
    [InlineData("2318-01-01T00:00:00Z", double.NaN)]
    [InlineData(null, 7200.0)]
    public async Task Dispose_ModelLoadedBefore_KeepsItAsLongAsItWasKept(string? expires, double seconds)
    {
        var script = new OllamaScript(new Behaviour(),
            OllamaGeneration.New)
        {
            ExpiresAt = expires
                ?? TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToString("O", System.Globalization.CultureInfo.InvariantCulture)
        };
        await using var server = LyingServer.Start(script.Answer);
        await using var first = Scripted.Open(Speaks.OllamaNew, server.Endpoint, "tiny");
        await first.LoadAsync(512, CancellationToken.None);
        await using (var second = Scripted.Open(Speaks.OllamaNew, server.Endpoint, "tiny"))
            await second.LoadAsync(1024, CancellationToken.None);
        var stay = server.Requests.Last(request => request.Path == "/api/generate").Json.GetProperty("keep_alive").GetString()!;
        if (expires is not null)
            Assert.Equal("-1m", stay);
        else
            Assert.InRange(int.Parse(stay.TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture), seconds - 60, seconds);
    }

    [Fact]
    public async Task Probe_UnknownModel_IsRefusedInTheServersWordsWithItsModels()
    {
        await using var server = OllamaScript.Start(new Behaviour(), OllamaGeneration.Old);
        await using var target = Scripted.Open(Speaks.OllamaOld, server.Endpoint, "other");
        var probe = await target.ProbeAsync(CancellationToken.None);
        Assert.Equal(new Refused(404, "model 'other' not found; the server has: tiny"), probe.Problem);
        Assert.Equal("0.24.0", probe.Facts!.ServerVersion);
    }

    // A real server lists {"embedding"} for each file with a pooling type, and refuses to generate.
    [Theory]
    [InlineData(new[] { "embedding" }, "as embedding, not completion")]
    [InlineData(new[] { "embedding", "\u001b[31mtools" }, "as embedding, [31mtools, not completion")]
    [InlineData(new[] { "completion", "tools" }, null)]
    [InlineData(new string[0], null)]
    public async Task Probe_ModelWithoutCompletion_IsRefused(string[] capabilities, string? part)
    {
        await using var server = LyingServer.Start(
            new OllamaScript(new Behaviour(), OllamaGeneration.New) { Capabilities = capabilities }.Answer);
        await using var target = Scripted.Open(Speaks.OllamaNew, server.Endpoint, "tiny");
        var problem = (await target.ProbeAsync(CancellationToken.None)).Problem;
        if (part is null)
            Assert.Null(problem);
        else
            Assert.Contains(part, Assert.IsType<Refused>(problem).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_AndVocabulary_ReadTheModel()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaNew, new Behaviour());
        var facts = (await scripted.Target.ProbeAsync(CancellationToken.None)).Facts!;
        Assert.Equal(2, facts.Shape!.Layers.Count);
        Assert.Equal("Q4_0", facts.Details["quantization_level"]);
        Assert.Equal(["a", "b", "Ġab"], (await scripted.Target.GetVocabularyAsync(CancellationToken.None))!.Tokens);
    }

    [Fact]
    public async Task Load_SettingsThatOllamaCannotTake_AreNoted()
    {
        await using var server = OllamaScript.Start(new Behaviour(), OllamaGeneration.New);
        var options = new TargetOptions { KvType = "q8_0", FlashAttention = "on", PrefillThreads = 4, Threads = 2, LoadMode = "no_mmap" };
        await using var target = new OllamaTarget(new TargetSetup { Endpoint = server.Endpoint, Model = "tiny", Options = options },
            RunClock.Start());
        var load = await target.LoadAsync(1024, CancellationToken.None);
        Assert.Equal(3, load.Notes.Count);
        var sent = server.Requests.Last(request => request.Path == "/api/generate").Json.GetProperty("options");
        Assert.False(sent.TryGetProperty("kv_type", out _));
        Assert.Equal(2, sent.GetProperty("num_thread").GetInt32());
        Assert.False(sent.GetProperty("use_mmap").GetBoolean());
    }

    [Fact]
    public async Task Infer_OneToken_IsACallersBug() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Scripted.Open(Speaks.OllamaNew, new Uri("http://127.0.0.1:1/"), "m").InferAsync(Scripted.Request(output: 1), null,
                CancellationToken.None));

    private static List<JsonElement> Calls(Scripted scripted) =>
        [.. scripted.Server.Requests.Where(request => request.Path == "/api/generate").Select(request => request.Json)];
}
