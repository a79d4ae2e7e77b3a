using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Whether a server is still the one that the run began with. Somebody may start it again between two trials with another model or build,
/// and the figures of two would stand in one table.
/// </summary>
internal sealed class ServerIdentityCheck
{
    private string? _firstIdentity;

    /// <summary>Compares what the server is now with what it was the first time.</summary>
    /// <param name="identity">The server and its model in words; null where it does not tell, which proves nothing.</param>
    /// <returns>What is wrong; null where nothing is.</returns>
    public Outcome? Check(string? identity)
    {
        _firstIdentity ??= identity;
        return identity is null || identity == _firstIdentity
            ? null
            : new Refused(null, $"this is not the server that the run began with: it is {identity} now and was {_firstIdentity}");
    }
}
