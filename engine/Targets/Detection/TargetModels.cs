using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Detection;

/// <summary>Lists the models of a server.</summary>
internal static class TargetModels
{
    // Far more than a server has installed; bounds what a broken server can send.
    private const int MaxModels = 10_000;

    /// <summary>The names of the models, as Ollama (<c>/api/tags</c>) or OpenAI-compatible (<c>/v1/models</c>) servers list
    /// them.</summary>
    /// <param name="protocol">The protocol that the address names; unknown where it names none.</param>
    /// <param name="setup">The server, and a path after its address that may be that of a gateway.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The names; null where the server speaks no known protocol, or does not list its models.</returns>
    public static async Task<IReadOnlyList<string>?> ListAsync(TargetProtocol protocol, TargetSetup setup, CancellationToken cancellation)
    {
        var clock = RunClock.Start();
        (protocol, setup, var problem) = await TargetDetector.FindAsync(protocol, setup, clock, cancellation).ConfigureAwait(false);
        if (problem is not null)
            return null;
        var (path, list, name) = protocol is TargetProtocol.Ollama or TargetProtocol.Embedded
            ? ("api/tags", "models", "name")
            : ("v1/models", "data", "id");
        var access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        using var answer = await JsonCall.GetAsync(access, path, cancellation).ConfigureAwait(false);
        return answer.Root.Member(list) is { ValueKind: JsonValueKind.Array } models
            ? [.. models.EnumerateArray().Take(MaxModels).Select(model => ((JsonElement?)model).Text(name)).OfType<string>()
                .Select(text => access.Sanitize(text))]
            : null;
    }
}
