using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Detection;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;
using MemoryWall.Targets.Ollama;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Targets.Detection;

public class TargetDetectorTests
{
    [Fact]
    public async Task Open_EachServer_FindsItsProtocol()
    {
        Assert.IsType<OllamaTarget>((await OpenAsync(OllamaScript.Start(new Behaviour(), OllamaGeneration.New))).Target);
        Assert.IsType<EmbeddedTarget>((await OpenAsync(OllamaScript.Start(new Behaviour(), OllamaGeneration.Embedded))).Target);
        Assert.IsType<LlamaCppTarget>((await OpenAsync(LlamaServerScript.Start(new Behaviour()))).Target);
        Assert.IsType<OpenAiTarget>((await OpenAsync(OpenAiScript.Start(new Behaviour()))).Target);
    }

    [Fact]
    public async Task Open_SomethingElse_SaysWhatWasAsked()
    {
        var (target, problem) = await OpenAsync(LyingServer.Start(_ => Reply.Json("{\"hello\":1}")));
        Assert.Null(target);
        Assert.Contains("/props", Assert.IsType<Refused>(problem).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TargetProtocol.Ollama, "Ollama (/api/version)")]
    [InlineData(TargetProtocol.LlamaServer, "llama-server (/props)")]
    public async Task Open_NamedProtocolThatTheServerDoesNotSpeak_SaysSo(Enum protocol, string part)
    {
        foreach (var script in new Func<ScriptedRequest, Reply>[]
        {
            new OpenAiScript(new Behaviour()).Answer, _ => Reply.Json("{\"hello\":1}"), _ => Reply.Whole(200, "hello"),
        })
        {
            await using var server = LyingServer.Start(script);
            var (target, problem) = await OpenAsync(server, "tiny", (TargetProtocol)protocol);
            Assert.Null(target);
            Assert.Contains($"does not answer as {part}; begin the address with http://", Assert.IsType<Refused>(problem).Text,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Open_LlamaServerThatLoadsItsModel_IsWaitedForByASweepAlone()
    {
        await using (var busy = LyingServer.Start(new LlamaServerScript(new Behaviour()) { LoadingFor = int.MaxValue }.Answer))
        {
            var (other, _) = await OpenAsync(busy, "", TargetProtocol.Unknown);
            await using (other)
                Assert.Equal(503, Assert.IsType<Refused>((await other!.ProbeAsync(CancellationToken.None)).Problem).Status);
        }
        var script = new LlamaServerScript(new Behaviour()) { LoadingFor = 2 };
        await using var server = LyingServer.Start(script.Answer);
        var said = new List<string>();
        var (target, problem) = await TargetDetector.OpenAsync(TargetProtocol.Unknown,
            new TargetSetup { Endpoint = server.Endpoint, Model = "", Waiting = said.Add }, RunClock.Start(), CancellationToken.None);
        Assert.Null(problem);
        await using (target)
            Assert.Equal("tiny", (await Assert.IsType<LlamaCppTarget>(target).ProbeAsync(CancellationToken.None)).Facts!.Model);
        Assert.Equal(["waiting for the server to load its model"], said);
    }

    [Fact]
    public async Task Open_OllamaWithoutModel_AsksForIt() =>
        Assert.Contains("model",
            Assert.IsType<Refused>((await OpenAsync(OllamaScript.Start(new Behaviour(), OllamaGeneration.Old), model: "")).Problem).Text,
            StringComparison.Ordinal);

    [Fact]
    public async Task Open_KeyWanted_SaysSo() =>
        Assert.Equal(401,
            Assert.IsType<Refused>((await OpenAsync(LyingServer.Start(_ => Reply.Whole(401, "{\"error\":\"key?\"}")))).Problem).Status);

    [LongFact]
    public async Task Open_NoHttp_IsBrokenProtocol() =>
        Assert.IsType<ProtocolViolation>((await OpenAsync(LyingServer.Start(_ => Reply.Nothing().Raw("SSH-2.0-OpenSSH\r\n\r\n")))).Problem);

    /// <summary>A gateway that has its servers below a path, and whose root answers something else.</summary>
    [Theory]
    [InlineData(TargetProtocol.Unknown, "llm", 404)]
    [InlineData(TargetProtocol.Unknown, "llm/eu", 403)]
    [InlineData(TargetProtocol.Unknown, "llm/tiny", 404)]
    [InlineData(TargetProtocol.LlamaServer, "llm", 404)]
    public async Task Open_LlamaServerBelowAPath_IsFound(Enum protocol, string path, int rootStatus)
    {
        var script = new LlamaServerScript(new Behaviour());
        var gateway = path == "llm/eu" ? "/llm/eu/" : "/llm/";
        await using var server = LyingServer.Start(Below(gateway, script.Answer, rootStatus));
        var (target, _) = await OpenAsync(server, path, (TargetProtocol)protocol);
        Assert.EndsWith(gateway, (await Assert.IsType<LlamaCppTarget>(target).ProbeAsync(CancellationToken.None)).Facts!.Endpoint,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TargetProtocol.Unknown)]
    [InlineData(TargetProtocol.Ollama)]
    public async Task Open_OllamaBelowAPath_TakesTheRestAsItsModel(Enum protocol)
    {
        var script = new OllamaScript(new Behaviour(), OllamaGeneration.New);
        await using var server = LyingServer.Start(Below("/a/b/", script.Answer, 404));
        var (target, _) = await OpenAsync(server, "a/b/tiny", (TargetProtocol)protocol);
        var facts = (await Assert.IsType<OllamaTarget>(target).ProbeAsync(CancellationToken.None)).Facts!;
        Assert.Equal("tiny", facts.Model);
        Assert.EndsWith("/a/b/", facts.Endpoint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OllamaBelowAPathWithoutModel_SaysWhatToWrite()
    {
        var script = new OllamaScript(new Behaviour(), OllamaGeneration.New);
        await using var server = LyingServer.Start(Below("/a/", script.Answer, 404));
        var (_, problem) = await OpenAsync(server, "a", TargetProtocol.Unknown);
        Assert.Contains("/a/v1/MODEL", Assert.IsType<Refused>(problem).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NothingBelowThePath_SaysWhatToWrite()
    {
        await using var server = LyingServer.Start(_ => Reply.Whole(404, "nothing here"));
        var (_, problem) = await OpenAsync(server, "a/b", TargetProtocol.Unknown);
        Assert.Contains("/v1/MODEL", Assert.IsType<Refused>(problem).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_BelowAPath_AreListed()
    {
        await using var server = LyingServer.Start(Below("/a/", new OpenAiScript(new Behaviour()).Answer, 404));
        Assert.Equal(["tiny"], await ListAsync(TargetProtocol.Unknown, server, "a"));
    }

    // The servers are recognised as by a sweep: what answers as llama-server is not asked as Ollama, whatever it has at /api/tags.
    [Fact]
    public async Task Models_OfAServerThatAnswersToo_AreThoseOfItsProtocol()
    {
        var script = new LlamaServerScript(new Behaviour());
        await using var server = LyingServer.Start(request => request.Path == "/api/tags"
            ? Reply.Json("""{"models":[{"name":"another"}]}""")
            : script.Answer(request));
        Assert.Equal(["tiny"], await ListAsync(TargetProtocol.Unknown, server, ""));
        Assert.Equal(["another"], await ListAsync(TargetProtocol.Ollama, server, ""));
    }

    private static async Task<IReadOnlyList<string>?> ListAsync(Enum protocol, LyingServer server, string path) =>
        await TargetModels.ListAsync((TargetProtocol)protocol, new TargetSetup { Endpoint = server.Endpoint, Model = path },
            CancellationToken.None);

    private static Func<ScriptedRequest, Reply> Below(string path, Func<ScriptedRequest, Reply> answer, int rootStatus) => request =>
        request.Path.StartsWith(path, StringComparison.Ordinal)
            ? answer(request with { Path = request.Path[(path.Length - 1)..] })
            : Reply.Whole(rootStatus, "{\"error\":\"nothing here\"}");

    private static async Task<(ITarget? Target, Outcome? Problem)> OpenAsync(LyingServer server, string model, TargetProtocol protocol) =>
        await TargetDetector.OpenAsync(protocol, new TargetSetup { Endpoint = server.Endpoint, Model = model }, RunClock.Start(),
            CancellationToken.None);

    private static async Task<(ITarget? Target, Outcome? Problem)> OpenAsync(LyingServer server, string model = "tiny")
    {
        await using (server)
            return await TargetDetector.OpenAsync(TargetProtocol.Unknown, new TargetSetup { Endpoint = server.Endpoint, Model = model },
                RunClock.Start(), CancellationToken.None);
    }
}
