using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>Tells the regimes of a run's trials apart. Major faults are not asked: the kernel reads far ahead, so weights that are read
/// again for every token cause few.</summary>
internal static class RegimeClassifier
{
    // Code of the runtime that is paged in again under a tight limit is no spill.
    private const double MinSpillBytes = ByteSize.MiB;

    /// <summary>Share of all that a token touches from which on it counts as coming from storage; a little is read again whenever memory is
    /// full to the brim.</summary>
    private const double MinSpillShare = 0.1;

    /// <summary>What is less counts where the trial is this much slower than its depth explains: a few pages on the way of every token stop
    /// it as often.</summary>
    private const double SpillSlowdown = 1.5;

    /// <summary>A prefill that reads this many times all it touches from storage has waited for storage.</summary>
    private const double MinPrefillRereads = 2;

    /// <summary>From this slowdown on a trial is no longer usable: half of the throughput is gone.</summary>
    private const double CollapseSlowdown = 2;

    /// <summary>Where no trial in memory tells what to expect: a token that reads this share of all it touches from storage waits for
    /// storage.</summary>
    private const double CollapseShare = 0.5;

    // Ollama: "model requires more system memory (31.5 GiB) than is available (22.1 GiB)".
    private const string OllamaRefusalText = "requires more system memory";

    private static readonly string[] s_memoryWords = ["memory", "alloc", "buffer", "vram", "too large"];

    /// <summary>The regimes of the measured trials that ran alone, in the order run; one that the user stopped tells nothing.</summary>
    /// <param name="trials">The run's trials.</param>
    /// <param name="shape">The model's shape; null where it is not known.</param>
    public static IReadOnlyList<TrialRegime> Classify(IReadOnlyList<Trial> trials, ModelShape? shape)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var views = trials.Where(trial => trial is { Concurrency: 1, Outcome: not Cancelled } && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .Select(TrialView.Create).ToList();
        // All of it outside of an accelerator is a machine without one, unless the same run has used one before.
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
            // Said before anything was tried.
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
        var slow = slowdown is { } factor ? FormattableString.Invariant($", {factor:0.0} times the time that its depth explains") : "";
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
                $"{new ByteSize(trial.ResidentBytes!.Value - trial.AcceleratorBytes!.Value)} of {new ByteSize(trial.ResidentBytes.Value)} lie outside of the accelerator{slow}");
        if (perToken is not null)
            return (MemoryRegime.InMemory, $"{new ByteSize((long)perToken)} from storage for each token");
        if (slowdown >= CollapseSlowdown)
            return (MemoryRegime.Slowed, $"the server's memory cannot be seen{slow}");
        return slowdown is null || trial.AcceleratorBytes is > 0
            ? (trial.AcceleratorBytes is > 0 ? MemoryRegime.InMemory : MemoryRegime.Unknown,
                trial.AcceleratorBytes is > 0 ? "all of it lies on the accelerator" : "the server's memory cannot be seen")
            : (MemoryRegime.InMemory, $"as fast as its depth explains; the server's memory cannot be seen{slow}");
    }

    private static bool ReadsFromStorage(Trial trial) => StorageBytesPerToken(trial) > MinSpillBytes;

    private static bool Spills(Trial trial, ModelShape? shape) =>
        ReadsFromStorage(trial) && StorageBytesPerToken(trial) > MinSpillShare * (BytesPerToken(trial, shape) ?? 0);

    // The server ran out of the faster tier.
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
