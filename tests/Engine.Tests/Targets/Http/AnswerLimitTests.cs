using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.Ollama;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Targets.Http;

/// <summary>Answers without an end: what counts prompts and what measures them ends by itself.</summary>
public sealed class AnswerLimitTests
{
    [Theory]
    [InlineData("openai", "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", "no end")]
    [LongData("openai", ": wait\n\n", "longer than")]
    [LongData("ollama", "{\"model\":\"m\",\"response\":\"x\",\"done\":false}\n", "no end")]
    [InlineData("ollama", "\n", "longer than")]
    public async Task CountTokensAsync_AnswerWithoutAnEnd_IsGivenUpForItsLength(string protocol, string frame, string reason)
    {
        var ollama = new OllamaScript(new Behaviour(), OllamaGeneration.New);
        var openAi = new OpenAiScript(new Behaviour { ChatOnly = true }) { Owner = "somebody" };
        await using var server = LyingServer.Start(request => request.Path switch
        {
            "/api/generate" or "/v1/chat/completions" => Endless(frame),
            _ => protocol == "ollama" ? ollama.Answer(request) : openAi.Answer(request),
        });
        var clock = RunClock.Start();
        var setup = new TargetSetup { Endpoint = server.Endpoint, Model = "tiny" };
        await using ITarget target = protocol == "ollama" ? new OllamaTarget(setup, clock) : new OpenAiTarget(setup, clock);

        var counted = await target.CountTokensAsync("one two three", TestContext.Current.CancellationToken);

        Assert.Null(counted.Tokens);
        Assert.Contains(reason, Assert.IsType<ProtocolViolation>(counted.Problem).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void GetLimits_Counting_HasAMinuteForItsSingleToken()
    {
        var plan = new PhaseLimits { Load = TimeSpan.FromSeconds(3), Prefill = TimeSpan.FromSeconds(5) };
        Assert.Equal(plan with { Generation = TimeSpan.FromMinutes(1) }, PromptComputation.GetLimits(plan));
        var shorter = plan with { Generation = TimeSpan.FromSeconds(2) };
        Assert.Equal(shorter, PromptComputation.GetLimits(shorter));
    }

    /// <summary>Every connection goes through the one class with limits of time, size and redirects.</summary>
    [Fact]
    public void Sources_HttpClients_AreMadeInOnePlace()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var engine = Path.Combine(Repository.Root, "engine");
        string[] makers = ["new HttpClient(", "new SocketsHttpHandler", "new HttpClientHandler", "new TcpClient(", "WebRequest.",
            "new Socket("];

        var found = Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .Where(path => makers.Any(File.ReadAllText(path).Contains))
            .Select(path => Path.GetRelativePath(engine, path).Replace('\\', '/'));

        // The second only shakes hands, to tell a server that expects TLS; the third reads ranges of files, which are bounded.
        Assert.Equal(["Targets/Http/Exchange.cs", "Targets/Http/TlsAdvice.cs", "Targets/RemoteFiles/RangeReader.cs"],
            found.Order(StringComparer.Ordinal));
    }

    private static Reply Endless(string frame) => Reply.Stream().Forever(string.Concat(Enumerable.Repeat(frame, 200)));
}
