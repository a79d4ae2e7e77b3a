using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>What a server announced in <c>/api/version</c>.</summary>
internal sealed record OllamaCapabilities(string? Version, IReadOnlySet<string> Extensions, IReadOnlyDictionary<string, string> Details)
{
    private const int MaxDetails = 64;

    /// <summary>A server that nobody has asked yet, or that announces nothing.</summary>
    public static OllamaCapabilities None { get; } = new(null, new HashSet<string>(), new Dictionary<string, string>());

    /// <summary>Whether it speaks the dialect of the embedded server at all.</summary>
    public bool IsEmbedded => Extensions.Count > 0;

    public bool Supports(string extension) => Extensions.Contains(extension);

    public static OllamaCapabilities Parse(JsonElement? answer, HttpAccess access)
    {
        var ours = answer.Member(MemoryWall.Protocol.EmbeddedProtocol.ObjectName);
        var known = ours.Count("protocol") == MemoryWall.Protocol.EmbeddedProtocol.Version;
        return new OllamaCapabilities(
            answer.Text("version") is { } version ? access.Sanitize(version, 100) : null,
            known && ours.Member("extensions") is { ValueKind: JsonValueKind.Array } names
                ? names.EnumerateArray().Take(MaxDetails).Select(name => name.SafeString()).OfType<string>()
                    .ToHashSet(StringComparer.Ordinal)
                : new HashSet<string>(),
            known
                ? ours.Member("details").Details(access, MaxDetails).DistinctBy(detail => detail.Name).ToDictionary(detail => detail.Name,
                    detail => detail.Value)
                : new Dictionary<string, string>());
    }
}
