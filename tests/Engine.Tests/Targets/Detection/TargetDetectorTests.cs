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

    [Fact]
    public async Task Open_OllamaWithoutModel_AsksForIt() =>
        Assert.Contains("model",
            Assert.IsType<Refused>((await OpenAsync(OllamaScript.Start(new Behaviour(), OllamaGeneration.Old), model: "")).Problem).Text,
            StringComparison.Ordinal);

    [Fact]
    public async Task Open_KeyWanted_SaysSo() =>
        Assert.Equal(401,
            Assert.IsType<Refused>((await OpenAsync(LyingServer.Start(_ => Reply.Whole(401, "{\"error\":\"key?\"}")))).Problem).Status);

    [Fact]
    public async Task Open_NoHttp_IsBrokenProtocol() =>
        Assert.IsType<ProtocolViolation>((await OpenAsync(LyingServer.Start(_ => Reply.Nothing().Raw("SSH-2.0-OpenSSH\r\n\r\n")))).Problem);

    private static async Task<(ITarget? Target, Outcome? Problem)> OpenAsync(LyingServer server, string model = "tiny")
    {
        await using (server)
            return await TargetDetector.OpenAsync(TargetProtocol.Unknown, new TargetSetup { Endpoint = server.Endpoint, Model = model },
                RunClock.Start(), CancellationToken.None);
    }
}
