using MemoryWall.Facts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>A server that somebody else runs: it is asked, never started.</summary>
internal sealed class ForeignSession(ITarget target) : ITargetSession
{
    public ITarget Target => target;

    public bool IsLocalChild => false;

    public Task<Revival?> ReviveAsync(CancellationToken cancellation) => Task.FromResult<Revival?>(null);

    public Task<Outcome> ExplainAsync(Outcome outcome) => Task.FromResult(outcome);

    public ValueTask DisposeAsync() => target.DisposeAsync();
}
