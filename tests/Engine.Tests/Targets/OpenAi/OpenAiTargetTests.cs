using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Models.Gguf;
using MemoryWall.Models.Gguf;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Targets.OpenAi;

public class OpenAiTargetTests
{
    [Fact]
    public async Task Load_StrictServer_LearnsOnceAndNotes()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour { Strict = ["ignore_eos", "min_tokens"] });
        var load = await scripted.Target.LoadAsync(1000, CancellationToken.None);
        Assert.Equal(new Completed(), load.Outcome);
        Assert.Contains(load.Notes, note => note.Contains("ignore_eos", StringComparison.Ordinal));
        var before = scripted.Server.Requests.Count;
        var report = await scripted.Target.InferAsync(Scripted.Request(), null, CancellationToken.None);
        Assert.Equal(new Completed(), report.Outcome);
        // The load finds unsupported fields, so that no timed request is refused for one.
        Assert.Equal(before + 1, scripted.Server.Requests.Count);
        Assert.NotEmpty(report.Notes);
    }

    [Fact]
    public async Task Infer_UsageRefused_LeavesCountsAbsent()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour { Strict = ["stream_options"] });
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Null(report.CountedPromptTokens);
        Assert.Contains("count_unreported", Reviewed.Doubts(report));
    }

    [Fact]
    public async Task Infer_ChatOnly_GoesThereAndNotes()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAiChat, new Behaviour());
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Contains(report.Notes, note => note.Contains("chat", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Infer_Reasoning_IsKeptApart()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAiChat,
            new Behaviour { ReasoningChunks = 4, Step = TimeSpan.FromMilliseconds(20) });
        var report = await scripted.InferAsync();
        Assert.Equal(4, report.Marks.Count(mark => mark.Kind == MarkKind.Reasoning));
        Assert.True(report.Client.TimeToFirstReasoning < report.Client.TimeToFirstToken);
        Assert.Contains("reasoning", Reviewed.Doubts(report));
    }

    [Fact]
    public async Task Infer_TokenIds_GoWhereTheyAreTaken()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour());
        var request = Scripted.Request();
        var report = await scripted.InferAsync(request with { Prompt = request.Prompt with { TokenIds = [.. Enumerable.Range(0, 21)] } });
        Assert.Equal(21, report.CountedPromptTokens);
        Assert.Equal(JsonValueKind.Array, scripted.Server.Requests.Last().Json.GetProperty("prompt").ValueKind);
    }

    [Fact]
    public async Task Infer_NoDoneButFinishReason_Completes()
    {
        await using var server = LyingServer.Start(new OpenAiScript(new Behaviour()) { SaysDone = false }.Answer);
        await using var target = Scripted.Open(Speaks.OpenAi, server.Endpoint, "tiny");
        await target.LoadAsync(100, CancellationToken.None);
        Assert.Equal(new Completed(), (await target.InferAsync(Scripted.Request(), null, CancellationToken.None)).Outcome);
    }

    [Theory]
    [InlineData("error")]
    [InlineData("abort")]
    public async Task Infer_FinishReasonOfAFailure_IsNoCompletion(string reason)
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour { StopReason = reason });
        Assert.Equal(new Refused(200, $"the server ended the answer with finish_reason '{reason}'"), (await scripted.InferAsync()).Outcome);
    }

    [Fact]
    public async Task Infer_ErrorInAChoice_IsTheFailure()
    {
        await using var server = LyingServer.Start(request => request.Is("POST", "/v1/completions")
            ? Reply.Whole(200, """data: {"choices":[{"text":"","finish_reason":"error","error":{"code":502,"message":"no worker"}}]}"""
                + "\n\ndata: [DONE]\n\n", "text/event-stream")
            : new OpenAiScript(new Behaviour()).Answer(request));
        await using var target = Scripted.Open(Speaks.OpenAi, server.Endpoint, "tiny");
        Assert.Equal(new Refused(200, "no worker"), (await target.InferAsync(Scripted.Request(), null, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Probe_NamedFileThatIsNoModel_GivesNoShapeAndSaysWhy()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour());
        var path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, GgufBytes.File([new("general.architecture", "clip")], [GgufBytes.Zeros("x", GgmlType.F32, 8)]));
        var setup = new TargetSetup { Endpoint = scripted.Server.Endpoint, Model = "tiny", GgufPath = path };
        await using var target = new OpenAiTarget(setup, RunClock.Start());
        var facts = (await target.ProbeAsync(CancellationToken.None)).Facts!;
        File.Delete(path);
        Assert.Null(facts.Shape);
        Assert.Contains("projector", facts.Details["shape"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_AfterAnAnswerThatWasBrokenOff_AsksForAFewTokensFirst()
    {
        // A server that continues an aborted answer would delay the next trial.
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour { Ending = Ending.Hang });
        await scripted.InferAsync(Scripted.Request(limits: new PhaseLimits { Silence = TimeSpan.FromMilliseconds(200) }));
        int Short() =>
            scripted.Server.Requests.Count(
                request => request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == 2);
        Assert.Equal(1, Short());
        await scripted.Target.LoadAsync(1000, CancellationToken.None);
        Assert.Equal(2, Short());
        await scripted.Target.LoadAsync(1000, CancellationToken.None);
        Assert.Equal(2, Short());
    }

    [Fact]
    public async Task Probe_NameWithoutItsTag_IsTheModelOfTheDefaultTag()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour { Model = "tiny:latest" });
        await using var target = Scripted.Open(Speaks.OpenAi, scripted.Server.Endpoint, "tiny");
        Assert.Equal("tiny:latest", (await target.ProbeAsync(CancellationToken.None)).Facts!.Model);
        Assert.Equal(new Completed(), (await target.InferAsync(Scripted.Request(), null, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Probe_UnknownServer_PromisesNothing()
    {
        await using var server = LyingServer.Start(new OpenAiScript(new Behaviour()) { Owner = "someone" }.Answer);
        await using var target = Scripted.Open(Speaks.OpenAi, server.Endpoint, "tiny");
        var facts = (await target.ProbeAsync(CancellationToken.None)).Facts!;
        Assert.False(facts.CanIgnoreEos || facts.TakesTokenIds || facts.CanDisableCache);
        Assert.Null(facts.MaxContextTokens);
    }

    [Fact]
    public async Task Probe_Vllm_ReadsItsCacheSettings()
    {
        await using var scripted = Scripted.Start(Speaks.OpenAi, new Behaviour());
        var facts = (await scripted.Target.ProbeAsync(CancellationToken.None)).Facts!;
        Assert.Equal("True", facts.Details["enable_prefix_caching"]);
        Assert.Equal("0.11.0", facts.ServerVersion);
    }

    [Theory]
    [InlineData("other")]
    public async Task Probe_ModelMissing_NamesWhatThereIs(string model)
    {
        await using var server = OpenAiScript.Start(new Behaviour());
        await using var target = Scripted.Open(Speaks.OpenAi, server.Endpoint, model);
        var refused = Assert.IsType<Refused>((await target.ProbeAsync(CancellationToken.None)).Problem);
        Assert.Contains("tiny", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_NoModelNamedAndOneThere_TakesIt()
    {
        await using var server = OpenAiScript.Start(new Behaviour());
        await using var target = Scripted.Open(Speaks.OpenAi, server.Endpoint, "");
        Assert.Equal("tiny", (await target.ProbeAsync(CancellationToken.None)).Facts!.Model);
    }
}
