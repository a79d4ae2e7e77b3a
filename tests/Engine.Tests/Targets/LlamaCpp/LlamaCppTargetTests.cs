using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Engine.Tests.Targets.LlamaCpp;

public class LlamaCppTargetTests
{
    // A server with one model answers whatever name a request has.
    [Theory]
    [InlineData("tiny", "tiny", false)]
    [InlineData("TINY", "TINY", false)]
    [InlineData("/models/tiny.bin", "/models/tiny.bin", false)]
    [InlineData("tiny.bin", "tiny.bin", false)]
    [InlineData("", "tiny", false)]
    [InlineData("llama-70b", "tiny", true)]
    public async Task Probe_NameThatTheServerDoesNotHave_IsNotTheModels(string requested, string model, bool isNoted)
    {
        await using var server = LlamaServerScript.Start(new Behaviour());
        await using var target = Scripted.Open(Speaks.LlamaServer, server.Endpoint, requested);
        var facts = (await target.ProbeAsync(CancellationToken.None)).Facts!;
        Assert.Equal((model, isNoted ? requested : null), (facts.Model, facts.Details.GetValueOrDefault("requested_model")));
    }

    [Fact]
    public async Task Infer_Progress_IsThePrefillCurve()
    {
        await using var scripted = Scripted.Start(Speaks.LlamaServer,
            new Behaviour { ProgressFrames = 3, Prefill = TimeSpan.FromMilliseconds(30) });
        var report = await scripted.InferAsync();
        var curve = report.Marks.Where(mark => mark.Kind == MarkKind.Prefill).ToList();
        Assert.Equal([7, 14, 21], curve.Select(mark => mark.Tokens));
        Assert.Equal([10, 20, 30], curve.Select(mark => mark.Native!.Value.TotalMilliseconds));
        Assert.Equal(Scripted.Asked, report.Marks.Where(mark => mark.Kind == MarkKind.Chunk).Sum(mark => mark.Tokens));
    }

    [Fact]
    public async Task Infer_Request_AsksForNoCacheAndNoEnd()
    {
        await using var scripted = Scripted.Start(Speaks.LlamaServer, new Behaviour());
        var request = Scripted.Request();
        await scripted.InferAsync(request with { Prompt = request.Prompt with { TokenIds = [.. Enumerable.Range(0, 21)] } });
        var call = scripted.Server.Requests.Last().Json;
        Assert.False(call.GetProperty("cache_prompt").GetBoolean());
        Assert.True(call.GetProperty("ignore_eos").GetBoolean());
        Assert.True(call.GetProperty("return_progress").GetBoolean());
        Assert.Equal(21, call.GetProperty("prompt").GetArrayLength());
        Assert.Equal(Scripted.Asked, call.GetProperty("n_predict").GetInt32());
    }

    [Fact]
    public async Task Load_WhileTheModelLoads_Waits()
    {
        await using var server = LyingServer.Start(new LlamaServerScript(new Behaviour()) { LoadingFor = 2 }.Answer);
        await using var target = Scripted.Open(Speaks.LlamaServer, server.Endpoint, "tiny");
        var load = await target.LoadAsync(1000, CancellationToken.None);
        Assert.Equal(new Completed(), load.Outcome);
        Assert.True(load.Duration > TimeSpan.FromMilliseconds(400));
        Assert.Equal(8192, load.WindowTokens);
    }

    [Fact]
    public async Task Load_Ready_TellsNoLoadTime()
    {
        await using var scripted = Scripted.Start(Speaks.LlamaServer, new Behaviour());
        Assert.Null((await scripted.Target.LoadAsync(1000, CancellationToken.None)).Duration);
    }
}
