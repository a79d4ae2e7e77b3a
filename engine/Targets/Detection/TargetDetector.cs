using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;
using MemoryWall.Targets.Ollama;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Targets.Detection;

/// <summary>Opens the target at an address. Where the address does not name the protocol, asks the server.</summary>
internal static class TargetDetector
{
    /// <summary>Opens a target.</summary>
    /// <param name="protocol">The protocol that the address names; unknown where it names none.</param>
    /// <param name="setup">The model, its server and its settings.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellation">Ends the detection when the user stops the run.</param>
    /// <returns>The target, or why none could be opened.</returns>
    public static async Task<(ITarget? Target, Outcome? Problem)> OpenAsync(
        TargetProtocol protocol, TargetSetup setup, RunClock clock, CancellationToken cancellation)
    {
        if (protocol == TargetProtocol.Unknown)
        {
            (protocol, var problem) = await DetectAsync(setup, clock, cancellation).ConfigureAwait(false);
            if (problem is not null)
                return (null, problem);
        }
        return protocol switch
        {
            TargetProtocol.Ollama or TargetProtocol.Embedded when setup.Model.Length == 0 =>
                (null, new Refused(null,
                    $"{setup.Endpoint} is an Ollama server and the address names no model; write {setup.Endpoint}MODEL")),
            TargetProtocol.Ollama => (new OllamaTarget(setup, clock), null),
            TargetProtocol.Embedded => (new EmbeddedTarget(setup, clock), null),
            TargetProtocol.LlamaServer => (new LlamaCppTarget(setup, clock), null),
            _ => (new OpenAiTarget(setup, clock), null),
        };
    }

    /// <summary>
    /// Sends one request of each protocol. llama-server comes first: it also answers as OpenAI, and its native path reports more. Ollama
    /// comes before OpenAI for the same reason.
    /// </summary>
    private static async Task<(TargetProtocol Protocol, Outcome? Problem)> DetectAsync(TargetSetup setup, RunClock clock,
        CancellationToken cancellation)
    {
        var access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        using var props = await JsonCall.GetAsync(access, "props", cancellation).ConfigureAwait(false);
        // A server that cannot be reached, or that requires a key, will not answer the next request either.
        if (props.Status is null or 401 or 403)
            return (default, props.Problem);
        if (props.Root.Member("default_generation_settings") is not null)
            return (TargetProtocol.LlamaServer, null);
        using var version = await JsonCall.GetAsync(access, "api/version", cancellation).ConfigureAwait(false);
        if (version.Root.Text("version") is not null)
            return (version.Root.Member(EmbeddedProtocol.ObjectName) is null ? TargetProtocol.Ollama : TargetProtocol.Embedded, null);
        using var models = await JsonCall.GetAsync(access, "v1/models", cancellation).ConfigureAwait(false);
        return models.Root.Member("data") is not null
            ? (TargetProtocol.OpenAi, null)
            : (default, models.Problem is Refused { Status: 401 or 403 } denied
                ? denied
                : new Refused(null,
                    $"{access.Endpoint} answers neither as llama-server (/props), "
                        + "nor as Ollama (/api/version), nor as OpenAI (/v1/models)"));
    }
}
