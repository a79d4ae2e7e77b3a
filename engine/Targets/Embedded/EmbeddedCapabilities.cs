using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>What a server announces in <c>/api/version</c>.</summary>
/// <param name="Version">The server's version; null where it does not report it.</param>
/// <param name="Extensions">Names of its protocol extensions (<see cref="EmbeddedProtocol"/>).</param>
/// <param name="Details">Builds, libraries and settings, by name.</param>
internal sealed record EmbeddedCapabilities(string? Version, IReadOnlySet<string> Extensions, IReadOnlyDictionary<string, string> Details)
{
    private const int MaxEntries = 64;

    /// <summary>The capabilities before the handshake: none.</summary>
    public static EmbeddedCapabilities None { get; } = new(null, new HashSet<string>(), new Dictionary<string, string>());

    public bool Supports(string extension) => Extensions.Contains(extension);

    /// <summary>The capabilities in the server's answer; null where it has another version of the protocol.</summary>
    public static EmbeddedCapabilities? From(VersionResponse answer, HttpAccess access)
    {
        if (answer.Capabilities is not { Protocol: EmbeddedProtocol.Version } announced)
            return null;
        return new EmbeddedCapabilities(
            answer.Version is { } version ? access.Sanitize(version, 100) : null,
            (announced.Extensions ?? []).Take(MaxEntries).OfType<string>().ToHashSet(StringComparer.Ordinal),
            (announced.Details ?? new Dictionary<string, string>()).Take(MaxEntries)
                .Select(detail => (Name: access.Sanitize(detail.Key, 100), Value: access.Sanitize(detail.Value ?? "", 500)))
                .DistinctBy(detail => detail.Name).ToDictionary(detail => detail.Name, detail => detail.Value));
    }
}
