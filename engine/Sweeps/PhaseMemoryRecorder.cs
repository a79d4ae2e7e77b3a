using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;

namespace MemoryWall.Sweeps;

/// <summary>Reads the server's memory counters between the phases of one step, and tells what happened in each.</summary>
internal sealed class PhaseMemoryRecorder(ITargetSession session)
{
    // Less than this much from storage in a phase that passed its limit is no paging: logs, libraries, a first touch.
    private const long MinPagedBytes = 64 * ByteSize.MiB;

    private readonly MemoryCounters? _before = session.ReadMemory();
    private MemoryCounters? _afterLoad;
    private Task<MemoryCounters?>? _atFirstToken;
    private int _firstTokenSeen;

    /// <summary>The model is ready.</summary>
    public void OnModelLoaded() => _afterLoad = session.ReadMemory();

    /// <summary>Something arrived. The first token starts a reading on another thread: the one that stamps arrivals must not
    /// wait.</summary>
    public void OnMark(StreamMark mark)
    {
        if (mark.Kind != MarkKind.Prefill && Interlocked.Exchange(ref _firstTokenSeen, 1) == 0)
            _atFirstToken = Task.Run(session.ReadMemory);
    }

    /// <summary>What was seen; null where the counters cannot be read.</summary>
    public async Task<TrialMemory?> FinishAsync()
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

    /// <summary>A phase that passed its limit while the server waited for its pages was thrashing; anything else stays what it
    /// was.</summary>
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
            parts.Add(FormattableString.Invariant($"the limit was met {traffic.LimitHits:#,0} times"));
        return string.Join(", ", parts);
    }
}
