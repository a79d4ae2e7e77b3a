using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Predictions;

/// <summary>What a prediction lacks.</summary>
internal enum MissingInput
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The model's shape, or the sizes in it.</summary>
    Shape,

    /// <summary>The machine's peak, which was not measured.</summary>
    Peak,

    /// <summary>The machine's peak: other programs kept it too busy to measure one.</summary>
    QuietMachine,

    /// <summary>The peak of what computes: the server is elsewhere, or uses an accelerator.</summary>
    PeakOfServer,

    /// <summary>The measurement: no trial of the run has it.</summary>
    Measurement,
}

/// <summary>How far a measurement is from what the machine's peak would allow.</summary>
internal enum PredictionGap
{
    /// <summary>Unknown: an input is missing.</summary>
    Unknown,

    /// <summary>The phase is close enough to the peak to be limited by it.</summary>
    Explained,

    /// <summary>The phase is far from the peak: something else takes time.</summary>
    OtherCosts,

    /// <summary>The measurement is better than the peak allows, so the peak is not that of this work.</summary>
    BeyondPeak,
}

/// <summary>A prediction for one context, beside its measurement.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Work">Operations of the prompt, or bytes that one token reads; absent where the shape is unknown.</param>
/// <param name="AtPeak">Seconds, or tokens per second, at the machine's measured peak: the least time, the highest rate. Absent without a
/// peak.</param>
/// <param name="AsReference">The same at the operations or bytes per second that the smallest context reached; absent there.</param>
/// <param name="Measured">The median; absent where it was not measured.</param>
internal sealed record ContextPrediction(int ContextTokens, double? Work, double? AtPeak, double? AsReference, double? Measured)
{
    /// <summary>What memory did; the formulas hold where everything was in memory, or nothing says otherwise.</summary>
    public MemoryRegime Regime { get; init; }

    /// <summary>Whether a part was known not to be in memory.</summary>
    public bool IsOutside => Regime is not (MemoryRegime.Unknown or MemoryRegime.InMemory);
}

/// <summary>
/// The time of prefill, operations ÷ operations per second, or the rate of generation, bytes per second ÷ bytes of a token, predicted from
/// the model's shape and beside what was measured.
/// </summary>
internal sealed record WorkPrediction
{
    /// <summary>Prefill, in seconds, or generation, in tokens per second.</summary>
    public required Phase Phase { get; init; }

    /// <summary>How far a measurement may be from the prediction and still agree, as a share.</summary>
    public required double MaxDeviation { get; init; }

    /// <summary>The machine's peak: operations or bytes per second; absent where it is unknown or not that of the server.</summary>
    public required double? PeakPerSecond { get; init; }

    /// <summary>The smallest context that was measured; absent where none was.</summary>
    public required int? ReferenceTokens { get; init; }

    /// <summary>Operations or bytes per second that it reached.</summary>
    public required double? ReferencePerSecond { get; init; }

    /// <summary>Each context, the smallest first.</summary>
    public required IReadOnlyList<ContextPrediction> Contexts { get; init; }

    /// <summary>How the largest measured context compares with the peak.</summary>
    public required PredictionGap Gap { get; init; }

    /// <summary>The first input that is missing.</summary>
    public MissingInput Missing => Contexts.All(context => context.Work is null) ? MissingInput.Shape
        : Contexts.All(context => context.Measured is null) ? MissingInput.Measurement
        : PeakPerSecond is null ? MissingPeak
        : MissingInput.None;

    /// <summary>Why there is no peak.</summary>
    public required MissingInput MissingPeak { get; init; }

    /// <summary>The largest context in memory with a measurement; absent where there is none.</summary>
    public ContextPrediction? Largest =>
        Contexts.LastOrDefault(context => context is { Work: not null, Measured: not null, IsOutside: false });

    /// <summary>The contexts whose measurement rests on memory that the formulas do not count.</summary>
    public IReadOnlyList<ContextPrediction> Outside => [.. Contexts.Where(context => context is { IsOutside: true, Measured: not null })];

    /// <summary>The prefill times of a run whose trials compute their whole prompts.</summary>
    public static WorkPrediction ForPrefill(RunReport run)
    {
        var shape = run.Manifest.Target.Shape;
        return Create(run, Phase.Prefill, FindPeak(run)?.F32FlopsPerSecond,
            tokens => shape is null ? null : Utilization.PrefillFlops(shape, tokens), context => context.PrefillSeconds?.Median,
            (work, perSecond) => work / perSecond, (work, seconds) => work / seconds);
    }

    /// <summary>The generation rates of a run.</summary>
    public static WorkPrediction ForGeneration(RunReport run) =>
        Create(run, Phase.Generation, FindPeak(run)?.MemoryReadBytesPerSecond, tokens => BytesPerToken(run, tokens),
            context => context.GenerationTps?.Median, (work, perSecond) => perSecond / work, (work, rate) => work * rate);

    /// <summary>Bytes of weights and of keys and values that one token reads at a depth; null where the shape does not say.</summary>
    internal static double? BytesPerToken(RunReport run, int tokens) => run.Manifest.Target.Shape is { } shape
        ? BytesPerToken(shape, ForecastSettings.FromStored(run.Manifest.Plan.Options), tokens)
        : null;

    /// <summary>The same for any model.</summary>
    internal static double? BytesPerToken(ModelShape shape, ForecastSettings settings, int tokens) =>
        shape.ActiveWeightBytes is not null && MemoryForecast.FindProblems(shape, settings).Count == 0
            ? MemoryForecast.Compute(shape, settings, tokens).TouchedBytesPerToken
            : null;

    /// <summary>The peaks of the machine that the run's server computed on; null where they are unknown. A server elsewhere and an
    /// accelerator have other peaks.</summary>
    internal static MachineCeilings? FindPeak(RunReport run) =>
        run.Manifest is { Target.Kind: TargetKind.Embedded, Plan.Options.GpuLayers: not > 0, Ceilings: { } ceilings } ? ceilings : null;

    private static WorkPrediction Create(RunReport run, Phase phase, double? peak, Func<int, double?> work,
        Func<ContextSummary, double?> measured, Func<double, double, double> predict, Func<double, double, double> reached)
    {
        var level = run.Levels.MaxBy(level => level.Count(context => measured(context) is not null)) ?? [];
        var regimes = run.Wall.Regimes.GroupBy(regime => regime.ContextTokens)
            .ToDictionary(same => same.Key, same => same.Max(regime => regime.Regime));
        var reference = level.FirstOrDefault(context => measured(context) is > 0 && work(context.ContextTokens) is > 0);
        var speed = reference is null ? (double?)null : reached(work(reference.ContextTokens)!.Value, measured(reference)!.Value);
        var contexts = level.Select(context => new ContextPrediction(context.ContextTokens, work(context.ContextTokens),
            Predict(work(context.ContextTokens), peak, predict),
            context == reference ? null : Predict(work(context.ContextTokens), speed, predict), measured(context))
        {
            Regime = regimes.GetValueOrDefault(context.ContextTokens),
        }).ToList();
        return new WorkPrediction
        {
            Phase = phase,
            MaxDeviation = run.Rules.Predictions.MaxDeviation,
            PeakPerSecond = peak,
            ReferenceTokens = reference?.ContextTokens,
            ReferencePerSecond = speed,
            Contexts = contexts,
            MissingPeak = run.Manifest.Ceilings is null ? MissingInput.Peak
                : FindPeak(run) is null ? MissingInput.PeakOfServer
                : MissingInput.QuietMachine,
            Gap = Judge(contexts.LastOrDefault(context => context is { AtPeak: not null, Measured: not null, IsOutside: false }), phase,
                phase == Phase.Prefill ? run.Rules.Phases.Mfu : run.Rules.Phases.Mbu),
        };
    }

    private static double? Predict(double? work, double? perSecond, Func<double, double, double> predict) =>
        work is > 0 and var known && perSecond is > 0 and var speed ? predict(known, speed) : null;

    // The share of the measured time that the work takes at the peak.
    private static PredictionGap Judge(ContextPrediction? context, Phase phase, double minShare) => context switch
    {
        null => PredictionGap.Unknown,
        _ => (phase == Phase.Prefill ? context.AtPeak / context.Measured : context.Measured / context.AtPeak) switch
        {
            > 1 => PredictionGap.BeyondPeak,
            { } share when share >= minShare => PredictionGap.Explained,
            _ => PredictionGap.OtherCosts,
        },
    };
}
