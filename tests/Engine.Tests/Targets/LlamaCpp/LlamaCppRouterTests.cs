using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Targets.LlamaCpp;

/// <summary>A llama-server without a model of its own: it has several, and each request names one.</summary>
public class LlamaCppRouterTests
{
    [Theory]
    [InlineData("second", "second")]
    [InlineData("alias-of-second", "second")]
    public async Task Target_NamedModel_IsLoadedAndMeasured(string named, string id)
    {
        await using var server = RouterScript.Start("first", "second");
        await using var target = Open(server, named);

        var probe = await target.ProbeAsync(CancellationToken.None);
        var load = await target.LoadAsync(1024, CancellationToken.None);
        var report = await target.InferAsync(Request("one two three"), null, CancellationToken.None);

        Assert.Null(probe.Problem);
        Assert.Equal(id, probe.Facts!.Model);
        Assert.Equal(8192, probe.Facts.MaxContextTokens);
        Assert.Equal("router", probe.Facts.Details["role"]);
        Assert.Equal("of second", probe.Facts.Details["ftype"]);
        Assert.IsType<Completed>(load.Outcome);
        Assert.IsType<Completed>(report.Outcome);
        Assert.Equal(4, (await target.CountTokensAsync("one two three", CancellationToken.None)).Tokens);
        Assert.Contains(server.Requests, request => request.Is("POST", "/models/load"));
        Assert.NotNull(await target.GetServerStateAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("", "first, second")]
    [InlineData("third", "no model 'third'; it has: first, second")]
    public async Task Target_NoSuchModel_NamesThoseThereAre(string named, string part)
    {
        await using var server = RouterScript.Start("first", "second");
        await using var target = Open(server, named);

        var problem = Assert.IsType<Refused>((await target.ProbeAsync(CancellationToken.None)).Problem);

        Assert.Contains(part, problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_OnlyModel_NeedsNoName()
    {
        await using var server = RouterScript.Start("only");
        await using var target = Open(server, "");
        Assert.Equal("only", (await target.ProbeAsync(CancellationToken.None)).Facts!.Model);
    }

    [Fact]
    public async Task Target_ModelThatDoesNotLoad_IsRefused()
    {
        var script = new RouterScript(new Dictionary<string, LlamaServerScript> { ["bad"] = new(new Behaviour()) }) { Broken = "bad" };
        await using var server = LyingServer.Start(script.Answer);
        await using var target = Open(server, "bad");

        var problem = Assert.IsType<Refused>((await target.ProbeAsync(CancellationToken.None)).Problem);

        Assert.Contains("could not load 'bad' (exit code 1)", problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_LoadThatIsRefused_HasTheServersWords()
    {
        var script = new RouterScript(new Dictionary<string, LlamaServerScript> { ["m"] = new(new Behaviour()) })
        {
            LoadRefusal = "the limit of models is reached",
        };
        await using var server = LyingServer.Start(script.Answer);
        var setup = new TargetSetup { Endpoint = server.Endpoint, Model = "m", Limits = new() { Load = TimeSpan.FromSeconds(20) } };
        await using var target = new LlamaCppTarget(setup, RunClock.Start());

        Assert.Equal(new Refused(400, "the limit of models is reached"), (await target.ProbeAsync(CancellationToken.None)).Problem);
    }

    [Fact]
    public async Task OpenAiTarget_ModelThatIsNotLoaded_HasNoWindowYet()
    {
        await using var server = RouterScript.Start("first", "second");
        await using var target = new OpenAiTarget(new TargetSetup { Endpoint = server.Endpoint, Model = "second" }, RunClock.Start());
        Assert.Null((await target.ProbeAsync(CancellationToken.None)).Facts!.MaxContextTokens);
    }

    private static LlamaCppTarget Open(LyingServer server, string model) =>
        new(new TargetSetup { Endpoint = server.Endpoint, Model = model }, RunClock.Start());

    private static InferenceRequest Request(string text) =>
        new(new Prompt { Kind = MemoryWall.Core.Plan.PromptKind.Words, Text = text, TokenCount = 4, Nonce = "" }, 1024, 4, new());
}
