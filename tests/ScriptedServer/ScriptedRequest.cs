using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>A request as received, without validation.</summary>
public sealed record ScriptedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    private static readonly JsonElement s_nothing = JsonDocument.Parse("{}").RootElement;

    /// <summary>The body as JSON; an empty object where it is not JSON.</summary>
    public JsonElement Json => Body.Length == 0 ? s_nothing : JsonDocument.Parse(Body).RootElement;

    public bool Is(string method, string path) => Method == method && Path == path;
}
