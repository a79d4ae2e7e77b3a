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

    // Ollama: "model requires more system memory (31.5 GiB) than is available (22.1 GiB)".
    private const string OllamaRefusalText = "requires more system memory";

    private static readonly string[] s_memoryWords = ["memory", "alloc", "buffer", "vram", "too large"];

    /// <summary>The regimes of the measured trials that ran alone, in the order run, without trials that the user stopped.</summary>
    /// <param name="trials">The run's trials.</param>
    /// <param name="shape">The model's shape; null where it is unknown.</param>
    public static IReadOnlyList<TrialRegime> Classify(IReadOnlyList<Trial> trials, ModelShape? shape)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var views = trials.Where(trial => trial is { Concurrency: 1, Outcome: not Cancelled } && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .Select(TrialView.Create).ToList();
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
                (MemoryRegime.Refused, outcome.Evidence),
            OutOfMemory outcome => (MemoryRegime.OutOfMemory, outcome.Evidence),
            TargetDied outcome when trial.Memory?.OomKills > 0 =>
                (MemoryRegime.OutOfMemory, FormattableString.Invariant($"oom_kill rose by {trial.Memory.OomKills}; {outcome.Evidence}")),
            Thrashing outcome => (MemoryRegime.Thrashing, outcome.Evidence),
            Refused outcome when s_memoryWords.Any(word => outcome.Text.Contains(word, StringComparison.OrdinalIgnoreCase)) =>
                (MemoryRegime.Refused, outcome.Detail),
            Completed => ClassifyCompleted(trial, shape, perToken, slowdown, hasAccelerator),
            _ => (MemoryRegime.Unknown, trial.Outcome.Detail),
        };
        return new TrialRegime(trial.Number, trial.ContextTokens, regime, evidence, perToken, slowdown);
    }

    private static (MemoryRegime, string) ClassifyCompleted(Trial trial, ModelShape? shape, double? perToken, double? slowdown,
        bool hasAccelerator)
    {
        var slow = slowdown is { } factor ? FormattableString.Invariant($", {factor:0.0} times as slow as expected at its depth") : "";
        if (trial.Tier is { StreamedKvBytes: var keys, StreamedWeightBytes: var weights } && (keys > 0 || weights > 0))
            return (MemoryRegime.Managed, $"the storage tier streams {new ByteSize((keys ?? 0) + (weights ?? 0))}{slow}");
        if (perToken is { } bytes && (Spills(trial, shape) || (ReadsFromStorage(trial) && slowdown >= SpillSlowdown)))
        {
            var collapsed = slowdown >= CollapseSlowdown
                || (slowdown is null && bytes >= CollapseShare * (BytesPerToken(trial, shape) ?? double.MaxValue));
            return (collapsed ? MemoryRegime.Thrashing : MemoryRegime.Spilling,
                $"{new ByteSize((long)bytes)} from storage for each token{slow}{DescribeRefaults(trial)}");
        }
        if (trial.Memory?.Prefill?.ReadBytes is { } prefill && prefill > MinPrefillRereads * BytesPerToken(trial, shape))
            return (MemoryRegime.Spilling, $"{new ByteSize(prefill)} from storage during prefill{slow}");
        if (SpillsFromAccelerator(trial, hasAccelerator))
            return (slowdown >= CollapseSlowdown ? MemoryRegime.Slowed : MemoryRegime.Spilling,
                $"{new ByteSize(trial.ResidentBytes!.Value - trial.AcceleratorBytes!.Value)} of "
                    + $"{new ByteSize(trial.ResidentBytes.Value)} are not on the accelerator{slow}");
        if (perToken is not null)
            return (MemoryRegime.InMemory, $"{new ByteSize((long)perToken)} from storage for each token");
        if (slowdown >= CollapseSlowdown)
            return (MemoryRegime.Slowed, $"the server's memory cannot be read{slow}");
        return slowdown is null || trial.AcceleratorBytes is > 0
            ? (trial.AcceleratorBytes is > 0 ? MemoryRegime.InMemory : MemoryRegime.Unknown,
                trial.AcceleratorBytes is > 0 ? "everything is on the accelerator" : "the server's memory cannot be read")
            : (MemoryRegime.InMemory, $"as fast as expected at its depth; the server's memory cannot be read{slow}");
    }

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

    private static string DescribeRefaults(Trial trial) =>
        (trial.Memory?.Generation is { } traffic ? traffic : new MemoryTraffic()) switch
        {
            { AnonymousRefaults: > 0 and var pages } =>
                FormattableString.Invariant($"; {pages:#,0} evicted anonymous pages were swapped in again"),
            { FileRefaults: > 0 and var pages } => FormattableString.Invariant($"; {pages:#,0} evicted file pages were read again"),
            _ => "",
        };
}
