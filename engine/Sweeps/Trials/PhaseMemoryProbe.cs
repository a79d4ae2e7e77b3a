using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Sweeps.Sessions;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Reads the server's memory counters between the phases, adds the traffic of each phase to the trials, and distinguishes thrashing from a
/// phase that was only slow.
/// </summary>
internal sealed class PhaseMemoryProbe(ITargetSession session) : ITrialProbe
{
    // A phase that exceeded its time limit and read less than this from storage was not paging: logs, libraries and first accesses read
    // this much.
    private const long MinPagedBytes = 64 * ByteSize.MiB;

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
        return [.. trials.Select(trial => trial with { Memory = memory, Outcome = DetectThrashing(trial.Outcome, memory) })];
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

    /// <summary>Thrashing for a phase that exceeded its time limit while the server's pages were read again; any other outcome
    /// unchanged.</summary>
    public static Outcome DetectThrashing(Outcome outcome, TrialMemory? memory)
    {
        if (outcome is not TimedOut late || memory is null)
            return outcome;
        var traffic = late.Phase switch { Phase.Load => memory.Load, Phase.Generation => memory.Generation, _ => memory.Prefill };
        var refaulted = ((traffic?.FileRefaults ?? 0) + (traffic?.AnonymousRefaults ?? 0)) * Environment.SystemPageSize;
        return Math.Max(traffic?.ReadBytes ?? 0, refaulted) < MinPagedBytes
            ? outcome
            : new Thrashing($"{late.Detail}; in that phase {Describe(traffic!)}");
    }

    private static string Describe(MemoryTraffic traffic)
    {
        var parts = new List<string>();
        if (traffic.ReadBytes is { } read)
            parts.Add($"{new ByteSize(read)} were read from storage");
        if (traffic.FileRefaults > 0)
            parts.Add(FormattableString.Invariant($"{traffic.FileRefaults:#,0} evicted file pages were read again"));
        if (traffic.AnonymousRefaults > 0)
            parts.Add(FormattableString.Invariant($"{traffic.AnonymousRefaults:#,0} evicted anonymous pages were swapped in again"));
        if (traffic.LimitHits > 0)
            parts.Add(FormattableString.Invariant($"the memory limit was hit {traffic.LimitHits:#,0} times"));
        return string.Join(", ", parts);
    }
}
