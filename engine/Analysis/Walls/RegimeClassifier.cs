using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Walls;

/// <summary>Classifies the memory regimes of a run's trials. Only what the server's own processes, or their limit, moved is evidence: what
/// other programs read or swap is not in these counters. Major faults are used only where the bytes that the server read are unknown, as
/// for a server of another user: because of readahead, weights that are read again for every token cause few of them.</summary>
internal sealed class RegimeClassifier
{
    private readonly ModelShape? _shape;
    private readonly RegimeRules _rules;
    private readonly bool _hasAccelerator;
    private readonly ExpectedTpot _pace;

    private RegimeClassifier(IReadOnlyList<TrialView> views, ModelShape? shape, RegimeRules rules)
    {
        (_shape, _rules) = (shape, rules);
        // A trial without accelerator memory spills only if another trial of the run used an accelerator.
        _hasAccelerator = views.Any(view => view.Trial.AcceleratorBytes > 0);
        _pace = ExpectedTpot.Fit(
            views.Where(view => view.Trial.Outcome.IsCompleted && !Spills(view.Trial) && !SpillsFromAccelerator(view.Trial)), shape,
            rules.MaxExpectedReach, trial => ReadsFromStorage(trial) ? rules.SpillSlowdown : rules.CollapseSlowdown);
    }

    /// <summary>The regimes of the measured trials that ran alone, in the order run, without trials that the user stopped.</summary>
    /// <param name="trials">The run's reviewed trials.</param>
    /// <param name="shape">The model's shape; null where it is unknown.</param>
    /// <param name="rules">The thresholds.</param>
    public static IReadOnlyList<TrialRegime> Classify(IReadOnlyList<TrialView> trials, ModelShape? shape, RegimeRules rules)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var views = trials.Where(view => view.Trial is { Concurrency: 1, Outcome: not Cancelled }
            && !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var classifier = new RegimeClassifier(views, shape, rules);
        return [.. views.Select(classifier.Classify)];
    }

    private TrialRegime Classify(TrialView view)
    {
        var trial = view.Trial;
        var hasInterference = view.Has<Interference>();
        var perToken = StorageBytesPerToken(trial);
        var slowdown = view.GenerationRate is { } rate && _pace.At(trial.ContextTokens, trial) is { } expected
            ? ComputeSlowdown(1 / rate.PerSecond, expected)
            : null;
        var (regime, evidence) = trial.Outcome switch
        {
            // Ollama refuses before it loads the model.
            OutOfMemory or Refused when trial.Outcome.ErrorClass == ServerErrorClass.MemoryRefused =>
                (MemoryRegime.Refused, FromOutcome(trial)),
            OutOfMemory => (MemoryRegime.OutOfMemory, FromOutcome(trial)),
            TargetDied when trial.Memory?.OomKills > 0 => (MemoryRegime.OutOfMemory, FromOutcome(trial)),
            Thrashing => (MemoryRegime.Thrashing, FromOutcome(trial)),
            TimedOut late when FindPaging(late, trial.Memory) is { } traffic => (MemoryRegime.Thrashing,
                new PagingEvidence(trial.Outcome.Detail, traffic.ReadBytes, traffic.FileRefaults, traffic.AnonymousRefaults,
                    traffic.LimitHits)),
            Refused when trial.Outcome.ErrorClass == ServerErrorClass.MemoryExhausted => (MemoryRegime.Refused, FromOutcome(trial)),
            Completed => ClassifyCompleted(trial, perToken, slowdown),
            _ => (MemoryRegime.Unknown, FromOutcome(trial)),
        };
        return new TrialRegime(trial.Number, trial.ContextTokens, regime, evidence, perToken, slowdown)
        {
            CanBeCausedByOthers = CanBeCausedByOthers(regime, evidence, trial, hasInterference),
            HasInterference = hasInterference,
        };
    }

    // Null where the bounds leave open whether it is slow.
    private double? ComputeSlowdown(double seconds, ExpectedTpot.Range expected) =>
        seconds >= _rules.CollapseSlowdown * expected.Low && seconds < _rules.CollapseSlowdown * expected.High
            ? null
            : seconds / expected.High;

    // Under a limit of its own, the server's pages are moved because of this limit, unless the counter of reclaims contradicts. Memory that
    // ran out while no other work was seen is the server's own.
    private static bool CanBeCausedByOthers(MemoryRegime regime, RegimeEvidence evidence, Trial trial, bool hasInterference) =>
        regime switch
        {
            MemoryRegime.Spilling or MemoryRegime.Thrashing => evidence is not OffloadEvidence && !IsUnderOwnLimit(trial),
            MemoryRegime.OutOfMemory => hasInterference && !IsUnderOwnLimit(trial),
            _ => false,
        };

    private static bool IsUnderOwnLimit(Trial trial)
    {
        if (trial.Memory is not { CapBytes: not null } memory)
            return false;
        long?[] hits = [memory.Load?.LimitHits, memory.Prefill?.LimitHits, memory.Generation?.LimitHits];
        return memory.OomKills > 0 || hits.All(count => count is null) || hits.Any(count => count > 0);
    }

    // The paging of the phase that exceeded its limit; null where it was too little, or not counted.
    private MemoryTraffic? FindPaging(TimedOut late, TrialMemory? memory)
    {
        var traffic = late.Phase switch { Phase.Load => memory?.Load, Phase.Generation => memory?.Generation, _ => memory?.Prefill };
        return traffic is not null && BytesMoved(traffic) >= _rules.MinPagedBytes ? traffic : null;
    }

    private static OutcomeEvidence FromOutcome(Trial trial) => new(trial.Outcome.Kind, trial.Outcome.Detail,
        trial.Outcome is OutOfMemory or TargetDied && trial.Memory?.OomKills is > 0 and var kills ? kills : null);

    private (MemoryRegime, RegimeEvidence) ClassifyCompleted(Trial trial, double? perToken, double? slowdown)
    {
        if (trial.Tier is { StreamedKvBytes: var keys, StreamedWeightBytes: var weights, StoredExpertBytes: var experts }
            && (keys > 0 || weights > 0 || experts > 0))
            return (MemoryRegime.Managed, new StreamingEvidence((keys ?? 0) + (weights ?? 0) + (experts ?? 0)));
        if (perToken is { } bytes && (Spills(trial) || (ReadsFromStorage(trial) && slowdown >= _rules.SpillSlowdown)))
        {
            var collapsed = slowdown >= _rules.CollapseSlowdown
                || (slowdown is null && bytes >= _rules.CollapseShare * (BytesPerToken(trial) ?? double.MaxValue));
            return (collapsed ? MemoryRegime.Thrashing : MemoryRegime.Spilling, FromTraffic(trial, bytes));
        }
        if (trial.Memory?.Prefill?.ReadBytes is { } prefill && prefill > _rules.MinPrefillRereads * BytesPerToken(trial))
            return (MemoryRegime.Spilling, new PrefillReadEvidence(prefill));
        if (SpillsFromAccelerator(trial))
            return (slowdown >= _rules.CollapseSlowdown ? MemoryRegime.Thrashing : MemoryRegime.Spilling,
                new OffloadEvidence(trial.ResidentBytes, trial.AcceleratorBytes!.Value));
        if (perToken is { } few)
            return (MemoryRegime.InMemory, FromTraffic(trial, few));
        if (slowdown >= _rules.CollapseSlowdown)
            return (MemoryRegime.Slowed, new SpeedEvidence(IsAsExpected: false));
        if (trial.AcceleratorBytes is > 0 and var fast)
            return (MemoryRegime.InMemory, new OffloadEvidence(trial.ResidentBytes, fast));
        return slowdown is null
            ? (MemoryRegime.Unknown, new SpeedEvidence(IsAsExpected: null))
            : (MemoryRegime.InMemory, new SpeedEvidence(IsAsExpected: true));
    }

    private static StorageReadEvidence FromTraffic(Trial trial, double bytesPerToken) =>
        new(bytesPerToken, trial.Memory?.Generation?.AnonymousRefaults, trial.Memory?.Generation?.FileRefaults)
        {
            IsLowerBound = trial.Memory?.Generation is { } traffic && IsCountedByFaults(traffic),
            SwapBytes = trial.Memory is { CapBytes: null, SwapBytes: var swapped } ? swapped : null,
        };

    private bool ReadsFromStorage(Trial trial) => StorageBytesPerToken(trial) > _rules.MinSpillBytes;

    private bool Spills(Trial trial) =>
        ReadsFromStorage(trial) && StorageBytesPerToken(trial) > _rules.MinSpillShare * (BytesPerToken(trial) ?? 0);

    // Part of the model did not fit on the accelerator.
    private bool SpillsFromAccelerator(Trial trial) =>
        _hasAccelerator && trial is { AcceleratorBytes: { } fast, ResidentBytes: { } all } && fast < all * _rules.MinAcceleratorShare;

    private static double? StorageBytesPerToken(Trial trial)
    {
        if (trial.Memory?.Generation is not { } traffic || trial.OutputTokens is not > 1)
            return null;
        return BytesMoved(traffic) / (trial.OutputTokens.Value - 1);
    }

    // Null where none of the counters is known. Each fault reads a page or more.
    private static double? BytesMoved(MemoryTraffic traffic)
    {
        if (IsCountedByFaults(traffic))
            return traffic.MajorFaults * (double)Environment.SystemPageSize;
        var refaulted = (traffic.FileRefaults ?? 0.0) + (traffic.AnonymousRefaults ?? 0.0);
        return traffic is { ReadBytes: null, FileRefaults: null, AnonymousRefaults: null }
            ? null
            : Math.Max(traffic.ReadBytes ?? 0, refaulted * Environment.SystemPageSize);
    }

    private static bool IsCountedByFaults(MemoryTraffic traffic) =>
        traffic is { ReadBytes: null, FileRefaults: null, AnonymousRefaults: null, MajorFaults: not null };

    private double? BytesPerToken(Trial trial) =>
        (_shape?.ActiveWeightBytes ?? _shape?.WeightBytes) + trial.KvBytes;
}
