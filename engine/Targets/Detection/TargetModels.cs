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
    /// <param name="endpoint">The server's address.</param>
    /// <param name="connection">Key and transport.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="path">A path after the address that may be that of a gateway; empty for none.</param>
    /// <returns>The names; null where the server answers neither request.</returns>
    public static async Task<IReadOnlyList<string>?> ListAsync(Uri endpoint, ConnectionOptions connection, CancellationToken cancellation,
        string path = "")
    {
        var names = await ListAtAsync(endpoint, connection, cancellation).ConfigureAwait(false);
        foreach (var (below, _) in TargetAddress.ListBelow(endpoint, path))
            names ??= await ListAtAsync(below, connection, cancellation).ConfigureAwait(false);
        return names;
    }

    private static async Task<IReadOnlyList<string>?> ListAtAsync(Uri endpoint, ConnectionOptions connection,
        CancellationToken cancellation)
    {
        var access = new HttpAccess(endpoint, connection, RunClock.Start());
        foreach (var (path, list, name) in new[] { ("api/tags", "models", "name"), ("v1/models", "data", "id") })
        {
            using var answer = await JsonCall.GetAsync(access, path, cancellation).ConfigureAwait(false);
            if (answer.Status is null)
                return null;
            if (answer.Root.Member(list) is { ValueKind: System.Text.Json.JsonValueKind.Array } models)
                return [.. models.EnumerateArray().Take(MaxModels).Select(model => ((System.Text.Json.JsonElement?)model).Text(name))
                    .OfType<string>().Select(text => access.Sanitize(text))];
        }
        return null;
    }
}
