using MemoryWall.Analysis.Review;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>Classifies the memory regimes of a run's trials. Major faults are not used: because of readahead, weights that are read again
/// for every token cause few of them.</summary>
internal static class RegimeClassifier
{
    // Under a tight limit the runtime's code is read again; that is no spill.
    private const double MinSpillBytes = ByteSize.MiB;

    /// <summary>Share of the bytes that a token reads from which a trial counts as reading from storage; a little is read again whenever
    /// memory is full.</summary>
    private const double MinSpillShare = 0.1;

    /// <summary>A smaller share counts if the trial is slower than expected by this factor: a few page faults per token can cause
    /// that.</summary>
    private const double SpillSlowdown = 1.5;

    /// <summary>A prefill that reads the weights and the cache from storage more often than this has waited for storage.</summary>
    private const double MinPrefillRereads = 2;

    /// <summary>From this slowdown a trial counts as thrashing: half of the throughput is lost.</summary>
    private const double CollapseSlowdown = 2;

    /// <summary>Without a reference trial: a token that reads this share of its bytes from storage waits for storage.</summary>
    private const double CollapseShare = 0.5;

    /// <summary>A phase that exceeded its time limit and read less than this from storage was not paging: logs, libraries and first
    /// accesses read this much.</summary>
    private const long MinPagedBytes = 64 * ByteSize.MiB;

    // Ollama: "model requires more system memory (31.5 GiB) than is available (22.1 GiB)".
    private const string OllamaRefusalText = "requires more system memory";

    private static readonly string[] s_memoryWords = ["memory", "alloc", "buffer", "vram", "too large"];

    /// <summary>The regimes of the measured trials that ran alone, in the order run, without trials that the user stopped.</summary>
    /// <param name="trials">The run's reviewed trials.</param>
    /// <param name="shape">The model's shape; null where it is unknown.</param>
    public static IReadOnlyList<TrialRegime> Classify(IReadOnlyList<TrialView> trials, ModelShape? shape)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var views = trials.Where(view => view.Trial is { Concurrency: 1, Outcome: not Cancelled }
            && !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        // A trial without accelerator memory spills only if another trial of the run used an accelerator.
        var hasAccelerator = views.Any(view => view.Trial.AcceleratorBytes > 0);
        var pace = ExpectedTpot.Fit(
            views.Where(
                view => view.Trial.Outcome.IsCompleted && !Spills(view.Trial, shape)
                    && !SpillsFromAccelerator(view.Trial, hasAccelerator)), shape,
                    trial => ReadsFromStorage(trial) ? SpillSlowdown : CollapseSlowdown);
        return [.. views.Select(view => Classify(view, shape, pace, hasAccelerator))];
    }

    private static TrialRegime Classify(TrialView view, ModelShape? shape, ExpectedTpot pace, bool hasAccelerator)
    {
        var trial = view.Trial;
        var perToken = StorageBytesPerToken(trial);
        var slowdown = view.GenerationRate is { } rate && pace.At(trial.ContextTokens, trial) is { } expected
            ? 1 / rate.PerSecond / expected
            : (double?)null;
        var (regime, evidence) = trial.Outcome switch
        {
            // Ollama refuses before it loads the model.
            OutOfMemory outcome when outcome.Evidence.Contains(OllamaRefusalText, StringComparison.OrdinalIgnoreCase) =>
                (MemoryRegime.Refused, FromOutcome(trial)),
            OutOfMemory => (MemoryRegime.OutOfMemory, FromOutcome(trial)),
            TargetDied when trial.Memory?.OomKills > 0 => (MemoryRegime.OutOfMemory, FromOutcome(trial)),
            Thrashing => (MemoryRegime.Thrashing, FromOutcome(trial)),
            TimedOut late when FindPaging(late, trial.Memory) is { } traffic => (MemoryRegime.Thrashing,
                new PagingEvidence(trial.Outcome.Detail, traffic.ReadBytes, traffic.FileRefaults, traffic.AnonymousRefaults,
                    traffic.LimitHits)),
            Refused outcome when s_memoryWords.Any(word => outcome.Text.Contains(word, StringComparison.OrdinalIgnoreCase)) =>
                (MemoryRegime.Refused, FromOutcome(trial)),
            Completed => ClassifyCompleted(trial, shape, perToken, slowdown, hasAccelerator),
            _ => (MemoryRegime.Unknown, FromOutcome(trial)),
        };
        return new TrialRegime(trial.Number, trial.ContextTokens, regime, evidence, perToken, slowdown);
    }

    // The paging of the phase that exceeded its limit; null where it was too little, or not counted.
    private static MemoryTraffic? FindPaging(TimedOut late, TrialMemory? memory)
    {
        var traffic = late.Phase switch { Phase.Load => memory?.Load, Phase.Generation => memory?.Generation, _ => memory?.Prefill };
        var refaulted = ((Int128)(traffic?.FileRefaults ?? 0) + (traffic?.AnonymousRefaults ?? 0)) * Environment.SystemPageSize;
        return refaulted >= MinPagedBytes || traffic?.ReadBytes >= MinPagedBytes ? traffic : null;
    }

    private static OutcomeEvidence FromOutcome(Trial trial) => new(trial.Outcome.Kind, trial.Outcome.Detail,
        trial.Outcome is OutOfMemory or TargetDied && trial.Memory?.OomKills is > 0 and var kills ? kills : null);

    private static (MemoryRegime, RegimeEvidence) ClassifyCompleted(Trial trial, ModelShape? shape, double? perToken, double? slowdown,
        bool hasAccelerator)
    {
        if (trial.Tier is { StreamedKvBytes: var keys, StreamedWeightBytes: var weights } && (keys > 0 || weights > 0))
            return (MemoryRegime.Managed, new StreamingEvidence((keys ?? 0) + (weights ?? 0)));
        if (perToken is { } bytes && (Spills(trial, shape) || (ReadsFromStorage(trial) && slowdown >= SpillSlowdown)))
        {
            var collapsed = slowdown >= CollapseSlowdown
                || (slowdown is null && bytes >= CollapseShare * (BytesPerToken(trial, shape) ?? double.MaxValue));
            return (collapsed ? MemoryRegime.Thrashing : MemoryRegime.Spilling, FromTraffic(trial, bytes));
        }
        if (trial.Memory?.Prefill?.ReadBytes is { } prefill && prefill > MinPrefillRereads * BytesPerToken(trial, shape))
            return (MemoryRegime.Spilling, new PrefillReadEvidence(prefill));
        if (SpillsFromAccelerator(trial, hasAccelerator))
            return (slowdown >= CollapseSlowdown ? MemoryRegime.Slowed : MemoryRegime.Spilling,
                new OffloadEvidence(trial.ResidentBytes, trial.AcceleratorBytes!.Value));
        if (perToken is { } few)
            return (MemoryRegime.InMemory, FromTraffic(trial, few));
        if (slowdown >= CollapseSlowdown)
            return (MemoryRegime.Slowed, new SpeedEvidence(IsAsExpected: false));
        if (trial.AcceleratorBytes is > 0 and var fast)
            return (MemoryRegime.InMemory, new OffloadEvidence(trial.ResidentBytes, fast));
        return slowdown is null
            ? (MemoryRegime.Unknown, new SpeedEvidence(IsAsExpected: null))
            : (MemoryRegime.InMemory, new SpeedEvidence(IsAsExpected: true));
    }

    private static StorageReadEvidence FromTraffic(Trial trial, double bytesPerToken) =>
        new(bytesPerToken, trial.Memory?.Generation?.AnonymousRefaults, trial.Memory?.Generation?.FileRefaults);

    private static bool ReadsFromStorage(Trial trial) => StorageBytesPerToken(trial) > MinSpillBytes;

    private static bool Spills(Trial trial, ModelShape? shape) =>
        ReadsFromStorage(trial) && StorageBytesPerToken(trial) > MinSpillShare * (BytesPerToken(trial, shape) ?? 0);

    // Part of the model did not fit on the accelerator.
    private static bool SpillsFromAccelerator(Trial trial, bool hasAccelerator) =>
        hasAccelerator && trial is { AcceleratorBytes: { } fast, ResidentBytes: { } all } && fast < all * 0.98;

    private static double? StorageBytesPerToken(Trial trial)
    {
        if (trial.Memory?.Generation is not { } traffic || trial.OutputTokens is not > 1)
            return null;
        var refaulted = (traffic.FileRefaults + traffic.AnonymousRefaults) * Environment.SystemPageSize;
        return Math.Max(traffic.ReadBytes ?? 0, refaulted ?? 0) is var bytes && traffic.ReadBytes is null && refaulted is null
            ? null
            : (double)bytes / (trial.OutputTokens.Value - 1);
    }

    private static double? BytesPerToken(Trial trial, ModelShape? shape) =>
        (shape?.ActiveWeightBytes ?? shape?.WeightBytes) + trial.KvBytes;
}
