using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Checks that a server is the same as at the start of the run. After a restart between two trials it can have another model or build,
/// and one table would then mix the figures of two servers.
/// </summary>
internal sealed class ServerIdentityCheck
{
    private string? _firstIdentity;

    /// <summary>Compares the server's identity with the identity of the first check.</summary>
    /// <param name="identity">The server and its model, as text; null where the server does not report them, which proves nothing.</param>
    /// <returns>What changed; null where nothing did.</returns>
    public Outcome? Check(string? identity)
    {
        _firstIdentity ??= identity;
        return identity is null || identity == _firstIdentity
            ? null
            : new Refused(null, $"the server changed during the run: it was {_firstIdentity} and is now {identity}; start a new run");
    }
}
