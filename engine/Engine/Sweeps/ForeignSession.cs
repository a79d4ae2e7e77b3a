using MemoryWall.Facts;
using MemoryWall.Memory.Caps;
using MemoryWall.Targets;
using MemoryWall.Telemetry;

namespace MemoryWall.Sweeps;

/// <summary>A server that somebody else runs: it is asked, never started.</summary>
internal sealed class ForeignSession(ITarget target, Uri endpoint, SweepSettings settings) : ITargetSession
{
    public ITarget Target => target;

    public bool IsLocalChild => false;

    public string? ModelPath => settings.GgufPath;

    public string? Watch(Sampler sampler) => settings.ServerProcess is { } process
        ? sampler.WatchProcess(process)
        : LocalMachine.Is(endpoint) ? sampler.WatchPort(endpoint.Port) : "the target runs on another machine";

    public MemoryCounters? ReadMemory() => null;

    public Task<Revival?> ReviveAsync(CancellationToken cancellation) => Task.FromResult<Revival?>(null);

    public Task RestAsync() => Task.CompletedTask;

    public Task<Outcome> ExplainAsync(Outcome outcome) => Task.FromResult(outcome);

    public ValueTask DisposeAsync() => target.DisposeAsync();
}
