using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;
using MemoryWall.Targets.Ollama;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>The protocols that run every test of the contract.</summary>
public enum Speaks
{
    OllamaOld,
    OllamaNew,
    OllamaNewest,
    Embedded,
    OpenAi,
    OpenAiChat,
    LlamaServer,
}

/// <summary>A scripted server and a target that is connected to it.</summary>
internal sealed class Scripted(LyingServer server, ITarget target) : IAsyncDisposable
{
    public const int Asked = 8;
    public const int Words = 20;

    public LyingServer Server => server;

    public ITarget Target => target;

    public static Scripted Start(Speaks speaks, Behaviour behaviour, ApiKey? key = null)
    {
        var server = speaks switch
        {
            Speaks.OllamaOld => OllamaScript.Start(behaviour, OllamaGeneration.Old),
            Speaks.OllamaNew => OllamaScript.Start(behaviour, OllamaGeneration.New),
            Speaks.OllamaNewest => OllamaScript.Start(behaviour, OllamaGeneration.Newest),
            Speaks.Embedded => OllamaScript.Start(behaviour, OllamaGeneration.Embedded),
            Speaks.LlamaServer => LlamaServerScript.Start(behaviour),
            Speaks.OpenAiChat => OpenAiScript.Start(behaviour with { ChatOnly = true }),
            _ => OpenAiScript.Start(behaviour),
        };
        return new(server, Open(speaks, server.Endpoint, behaviour.Model, key));
    }

    public static Scripted Start(Speaks speaks, Func<ScriptedRequest, Reply> answer, ApiKey? key = null)
    {
        var server = LyingServer.Start(answer);
        return new(server, Open(speaks, server.Endpoint, "tiny", key));
    }

    public static ITarget Open(Speaks speaks, Uri endpoint, string model, ApiKey? key = null)
    {
        var setup = new TargetSetup { Endpoint = endpoint, Model = model, Connection = new ConnectionOptions { ApiKey = key } };
        var clock = RunClock.Start();
        return speaks switch
        {
            Speaks.OpenAi or Speaks.OpenAiChat => new OpenAiTarget(setup, clock),
            Speaks.LlamaServer => new LlamaCppTarget(setup, clock),
            Speaks.Embedded => new EmbeddedTarget(setup, clock),
            _ => new OllamaTarget(setup, clock),
        };
    }

    public static InferenceRequest Request(int words = Words, int output = Asked, PhaseLimits? limits = null) => new(
        new Prompt
        {
            Kind = PromptKind.Words,
            Text = string.Join(' ', Enumerable.Range(0, words).Select(word => $"w{word}")),
            TokenCount = words + 1,
            Nonce = "w0"
        },
        words + output + 64,
        output,
        limits ?? new PhaseLimits());

    /// <summary>Loads the model, as a sweep does, and runs one inference.</summary>
    public async Task<InferenceReport> InferAsync(InferenceRequest? request = null, Action<StreamMark>? live = null,
        CancellationToken cancellation = default)
    {
        request ??= Request();
        await target.LoadAsync(request.WindowTokens, CancellationToken.None);
        return await target.InferAsync(request, live, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await target.DisposeAsync();
    }
}
