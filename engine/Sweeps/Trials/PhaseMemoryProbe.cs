using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Sweeps.Sessions;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Reads the server's memory counters between the phases, and adds the traffic of each phase to the trials.
/// </summary>
internal sealed class PhaseMemoryProbe(ITargetSession session) : ITrialProbe
{
    private MemoryCounters? _before;
    private MemoryCounters? _afterLoad;
    private Task<MemoryCounters?>? _atFirstToken;
    private int _firstTokenSeen;

    public void BeforeLoad() => _before = session.ReadMemory();

    public Task BeforeRequestsAsync(CancellationToken cancellation)
    {
        _afterLoad = session.ReadMemory();
        return Task.CompletedTask;
    }

    /// <summary>The first token starts a reading on another thread: the thread that stamps arrivals must not wait.</summary>
    public void OnMark(StreamMark mark)
    {
        if (mark.Kind != MarkKind.Prefill && Interlocked.Exchange(ref _firstTokenSeen, 1) == 0)
            _atFirstToken = Task.Run(session.ReadMemory);
    }

    public async Task<IReadOnlyList<Trial>> CompleteAsync(IReadOnlyList<Trial> trials)
    {
        var memory = await ReadMemoryAsync().ConfigureAwait(false);
        return [.. trials.Select(trial => trial with { Memory = memory })];
    }

    // Null where the counters cannot be read.
    private async Task<TrialMemory?> ReadMemoryAsync()
    {
        var end = session.ReadMemory();
        if (_before is null || end is null)
            return null;
        var first = _atFirstToken is null ? null : await _atFirstToken.ConfigureAwait(false);
        return new TrialMemory
        {
            CapBytes = end.Cap.LimitBytes,
            PeakBytes = end.Cap.PeakBytes,
            AnonymousBytes = end.Cap.AnonymousBytes,
            FileBytes = end.Cap.FileBytes,
            SwapBytes = end.Cap.SwapBytes,
            OomKills = end.Cap.OomKills - _before.Cap.OomKills,
            Load = MemoryCounters.Subtract(_before, _afterLoad ?? end),
            Prefill = MemoryCounters.Subtract(_afterLoad, first ?? end),
            Generation = MemoryCounters.Subtract(first, end),
        };
    }
}
