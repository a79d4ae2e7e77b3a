using MemoryWall.Core.Time;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Detection;

/// <summary>Asks a server which models it has.</summary>
internal static class TargetModels
{
    // More than anybody has installed; a longer list is no list of models.
    private const int MaxModels = 10_000;

    /// <summary>The names of its models, as Ollama (<c>/api/tags</c>) or OpenAI-compatible (<c>/v1/models</c>) servers tell them.</summary>
    /// <param name="endpoint">Where it answers.</param>
    /// <param name="connection">Key and transport.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The names; null where the server does not answer either question.</returns>
    public static async Task<IReadOnlyList<string>?> ListAsync(Uri endpoint, ConnectionOptions connection, CancellationToken cancellation)
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
