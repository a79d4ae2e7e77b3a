using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Predictions;

/// <summary>What should limit a phase by the roofline, beside what the telemetry shows.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="OperationsPerByte">Operations for each byte of weights and KV cache that is read; absent where the shape is
/// unknown.</param>
/// <param name="Balance">Operations per byte from which arithmetic is the limit: peak arithmetic ÷ peak bandwidth; absent without both
/// peaks.</param>
/// <param name="Found">What the telemetry shows; none where the phase was not watched.</param>
internal sealed record LimitPrediction(Phase Phase, int ContextTokens, double? OperationsPerByte, double? Balance,
    IReadOnlyList<PhaseVerdict> Found)
{
    /// <summary>The predicted limit; <see cref="PhaseLimit.Unclear"/> where an input is missing.</summary>
    public PhaseLimit Predicted => (OperationsPerByte, Balance) switch
    {
        ({ } work, { } balance) => work >= balance ? PhaseLimit.Compute : PhaseLimit.MemoryBandwidth,
        _ => PhaseLimit.Unclear,
    };

    /// <summary>Both phases of the trial at a context.</summary>
    /// <param name="run">The run.</param>
    /// <param name="trial">The trial's number.</param>
    public static IReadOnlyList<LimitPrediction> Create(RunReport run, int trial)
    {
        if (!run.TrialsByNumber.TryGetValue(trial, out var view))
            return [];
        var tokens = view.Trial.ContextTokens;
        var balance = WorkPrediction.FindPeak(run) is { F32FlopsPerSecond: { } flops, MemoryReadBytesPerSecond: > 0 and var bandwidth }
            ? flops / bandwidth
            : (double?)null;
        var (weights, bytes) = (run.Manifest.Target.Shape?.ActiveWeightBytes, WorkPrediction.BytesPerToken(run, tokens));
        // The embedded server and llama.cpp read the weights once for each micro-batch, whose size is the same by default.
        var batches = Math.Ceiling((double)tokens / run.Manifest.Plan.Options.EmbeddedBatchTokens);
        var operations = Operations(run, tokens);
        return
        [
            // Each micro-batch reads the weights and the keys and values so far, half of them on average.
            new(Phase.Prefill, tokens, operations / (batches * (weights + (bytes - weights) / 2)), balance,
                FindVerdicts(run, trial, Phase.Prefill)),
            new(Phase.Generation, tokens, (Operations(run, tokens + 1) - operations) / bytes, balance,
                FindVerdicts(run, trial, Phase.Generation)),
        ];
    }

    private static double? Operations(RunReport run, int tokens) =>
        run.Manifest.Target.Shape is { } shape ? Utilization.PrefillFlops(shape, tokens) : null;

    private static IReadOnlyList<PhaseVerdict> FindVerdicts(RunReport run, int trial, Phase phase) =>
        run.Phases.FirstOrDefault(found => found.Trial == trial && found.Phase == phase)?.Verdicts ?? [];
}
