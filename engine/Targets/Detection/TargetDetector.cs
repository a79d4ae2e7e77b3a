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
        (protocol, setup, var problem) = await FindAsync(protocol, setup, clock, cancellation).ConfigureAwait(false);
        if (problem is not null)
            return (null, problem);
        return protocol switch
        {
            TargetProtocol.Ollama or TargetProtocol.Embedded when setup.Model.Length == 0 =>
                (null, new Refused(null,
                    $"{setup.Endpoint} is an Ollama server and the address names no model; write {setup.Endpoint}{Separator(setup)}MODEL")),
            TargetProtocol.Ollama => (new OllamaTarget(setup, clock), null),
            TargetProtocol.Embedded => (new EmbeddedTarget(setup, clock), null),
            TargetProtocol.LlamaServer => (new LlamaCppTarget(setup, clock), null),
            _ => (new OpenAiTarget(setup, clock), null),
        };
    }

    // A server behind a gateway keeps its path when the model follows after v1.
    private static string Separator(TargetSetup setup) => setup.Endpoint.AbsolutePath == "/" ? "" : "v1/";

    /// <summary>
    /// Finds the server of an address. Where none is at its root, the path may be that of a gateway: the server is then looked for below
    /// it, the longest path first, and what remains of the path is the model.
    /// </summary>
    public static async Task<(TargetProtocol Protocol, TargetSetup Setup, Outcome? Problem)> FindAsync(TargetProtocol named,
        TargetSetup setup, RunClock clock, CancellationToken cancellation)
    {
        if (named is not TargetProtocol.Unknown && setup.Model.Length == 0)
            return (named, setup, null);
        var (found, problem, canBeBelow) = await RecognizeAsync(named, setup, clock, cancellation).ConfigureAwait(false);
        if (found != TargetProtocol.Unknown)
            return (found, setup, null);
        if (canBeBelow)
        {
            foreach (var (endpoint, model) in TargetAddress.ListBelow(setup.Endpoint, setup.Model))
            {
                var below = setup with { Endpoint = endpoint, Model = model };
                (found, _, _) = await RecognizeAsync(named, below, clock, cancellation).ConfigureAwait(false);
                if (found != TargetProtocol.Unknown)
                    return (found, below, null);
            }
        }
        // A server of a protocol that the user names may not have the page that identifies it.
        return (named, setup, problem);
    }

    private static Outcome? DescribeOther(HttpAccess access, JsonResponse answer, string name, string path) =>
        answer.Problem is null or Refused { Status: 404 } or ProtocolViolation
            ? new Refused(null, $"{access.Endpoint} does not answer as {name} ({path}); begin the address with {access.Endpoint.Scheme}:// "
                + "to have its protocol found")
            : answer.Problem;

    /// <summary>
    /// Sends one request of each protocol, or of the one that the address names. llama-server comes first: it also answers as OpenAI, and
    /// its native path reports more. Ollama comes before OpenAI for the same reason.
    /// </summary>
    /// <returns>The protocol, unknown where the server speaks none; the problem; and whether another path at the server may
    /// answer.</returns>
    private static async Task<(TargetProtocol Protocol, Outcome? Problem, bool CanBeBelow)> RecognizeAsync(TargetProtocol named,
        TargetSetup setup, RunClock clock, CancellationToken cancellation)
    {
        var access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        if (named is TargetProtocol.Unknown or TargetProtocol.LlamaServer)
        {
            using var props = await JsonCall.GetAsync(access, "props", cancellation).ConfigureAwait(false);
            if (props.Status is null)
                return (default, props.Problem, false);
            // A server that requires a key will not answer the next request either.
            if (props.Status is 401 or 403)
                return (default, props.Problem, true);
            // While it loads its model it answers nothing else.
            if (props.Root.Member("default_generation_settings") is not null
                || props is { Status: 503, Problem.Detail: { } reason } && reason.Contains("Loading model", StringComparison.Ordinal))
                return (TargetProtocol.LlamaServer, null, false);
            if (named == TargetProtocol.LlamaServer)
                return (default, DescribeOther(access, props, "llama-server", "/props"), true);
        }
        if (named is TargetProtocol.Unknown or TargetProtocol.Ollama)
        {
            using var version = await JsonCall.GetAsync(access, "api/version", cancellation).ConfigureAwait(false);
            if (version.Status is null)
                return (default, version.Problem, false);
            if (version.Root.Text("version") is not null)
                return (named == TargetProtocol.Ollama || version.Root.Member(EmbeddedProtocol.ObjectName) is null
                    ? TargetProtocol.Ollama
                    : TargetProtocol.Embedded, null, false);
            if (named == TargetProtocol.Ollama)
                return (default, DescribeOther(access, version, "Ollama", "/api/version"), true);
        }
        if (named is TargetProtocol.Unknown or TargetProtocol.OpenAi)
        {
            using var models = await JsonCall.GetAsync(access, "v1/models", cancellation).ConfigureAwait(false);
            if (models.Root.Member("data") is not null)
                return (TargetProtocol.OpenAi, null, false);
            if (models.Status is null || models.Problem is Refused { Status: 401 or 403 })
                return (default, models.Problem, models.Status is not null);
        }
        // A server that does not list its models may still answer prompts.
        if (named == TargetProtocol.OpenAi)
            return (default, null, true);
        return (default, new Refused(null,
            $"{access.Endpoint} answers neither as llama-server (/props), nor as Ollama (/api/version), nor as OpenAI (/v1/models)"
            + (setup.Model.Length == 0
                ? "; where the server is behind a path, add the path to the address"
                : $", and nothing below it does up to {access.Endpoint}{access.Sanitize(setup.Model, 200)}; write the address up to the "
                    + "server's own paths, and /v1/MODEL after it")), true);
    }
}
