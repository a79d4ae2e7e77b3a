using MemoryWall.Analysis;
using MemoryWall.Analysis.Predictions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Predictions with the numbers of a run, beside what was measured. What an input is missing for is a dash and its
/// reason.</summary>
internal static class PredictionPhrases
{
    /// <summary>Prefill or generation at the largest context, worked out.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="guess">The reader's guess at the largest context, in seconds or tokens per second; null for none.</param>
    public static Explanation Format(WorkPrediction prediction, double? guess)
    {
        var isPrefill = prediction.Phase == Phase.Prefill;
        if (prediction.Largest is not { } largest)
            return new Explanation(NumberFormat.Absent, DescribeMissing(prediction.Missing, prediction.Phase), []);
        var context = NumberFormat.Context(largest.ContextTokens);
        var measured = FormatValue(isPrefill, largest.Measured);
        var (work, unit) = isPrefill
            ? (NumberFormat.Operations(largest.Work), NumberFormat.OperationsRate(prediction.PeakPerSecond))
            : (NumberFormat.Bytes(largest.Work), NumberFormat.Bandwidth(prediction.PeakPerSecond));
        var sentence = largest.AtPeak is not { } limit
            ? $"{context} tokens: {work}{(isPrefill ? " to compute" : " to read for each token")}; measured {measured}."
            : isPrefill
                ? $"{context} tokens: {work} ÷ {unit} = at least {FormatValue(true, limit)}; measured {measured}."
                : $"After {context} tokens: {unit} ÷ {work} = at most {FormatValue(false, limit)}; measured {measured}.";
        string?[] details =
        [
            DescribeGap(prediction, largest),
            DescribeReference(prediction, largest),
            DescribeOutside(prediction),
            prediction.PeakPerSecond is null ? DescribeMissing(prediction.MissingPeak, prediction.Phase) : null,
            DescribeGuess(guess, largest.Measured, isPrefill),
        ];
        return new Explanation(measured, sentence, [.. details.OfType<string>()]);
    }

    /// <summary>The KV cache of a token, worked out.</summary>
    /// <param name="kv">The prediction.</param>
    /// <param name="guess">The reader's guess, in KiB for each token; null for none.</param>
    public static Explanation Format(KvPrediction kv, double? guess)
    {
        var deviation = kv.LargestDeviation switch
        {
            null => "The target does not report what it allocated.",
            0 => "The server allocated exactly that, in steps of 256 tokens, for the whole window.",
            var off when off <= kv.MaxDeviation =>
                $"The server allocated that within {NumberFormat.PercentSetting(off.Value)}.",
            var off => $"The allocation differs by up to {NumberFormat.Percent(off)}.",
        };
        if (kv.Formula is not { } formula)
            return new Explanation(NumberFormat.Absent, kv.Windows.Count == 0
                ? "The KV cache cannot be predicted: the model's shape or the allocation is unknown."
                : "The layers of this model differ, so its KV cache is a sum over them.", kv.Windows.Count == 0 ? [] : [deviation]);
        var bytes = NumberFormat.Bytes(formula.BytesPerToken);
        string?[] details = [deviation, DescribeGuess(guess, formula.BytesPerToken / 1024, "KiB")];
        return new Explanation(bytes,
            $"{WordFormat.Count(formula.Layers, "layer")} × {WordFormat.Count(formula.KvHeads, "KV head")} × "
            + $"({NumberFormat.Tokens(formula.KeyLength)} + {NumberFormat.Tokens(formula.ValueLength)}) × "
            + $"{NumberFormat.Number(formula.BitsPerElement)} bits ({kv.KvType}) = {bytes} for each token.",
            [.. details.OfType<string>()]);
    }

    /// <summary>The crossover from the rates of the smallest context.</summary>
    /// <param name="prediction">The prediction; null where no context has both rates.</param>
    /// <param name="guess">The reader's guess, in tokens; null for none.</param>
    public static Explanation Format(CrossoverPrediction? prediction, double? guess)
    {
        if (prediction is null)
            return new Explanation(NumberFormat.Absent,
                "The crossover cannot be predicted: no context has a prefill rate and a generation rate.", []);
        var found = prediction.Measured is { Kind: CrossoverKind.Found, ContextTokens: { } tokens } ? tokens : (double?)null;
        string?[] details =
        [
            CrossoverPhrases.FormatPosition(prediction.Measured),
            found / prediction.PredictedTokens is { } ratio
                ? Math.Abs(ratio - 1) <= prediction.MaxDeviation
                    ? "The prediction agrees: the rates change little up to there."
                    : "The prediction takes both rates as constant. Where they change with the context, the crossover moves."
                : null,
            DescribeGuess(guess, found, "tokens"),
        ];
        return new Explanation(found is { } known ? NumberFormat.Approximate(known) + " tokens" : NumberFormat.Absent,
            $"{NumberFormat.Tokens(prediction.OutputTokens)} tokens × {NumberFormat.Rate(prediction.PrefillTps)} ÷ "
            + $"{NumberFormat.Rate(prediction.GenerationTps)} (the rates at {NumberFormat.Context(prediction.ReferenceTokens)}) = "
            + $"a crossover at {NumberFormat.Approximate(prediction.PredictedTokens)} tokens.", [.. details.OfType<string>()]);
    }

    /// <summary>How the prediction of a wall compares with the measured one, for a cell.</summary>
    public static string JudgeWall(WallVerdict wall) => wall switch
    {
        { Forecast: null } => "no prediction: the model's shape is unknown",
        { Forecast.IsWithoutTier: true } => "for a system without the tier",
        { BeyondTokens: null } => "not tested: no wall was found",
        { Forecast.Error: 0 } or { Forecast.IsBetween: true } => "right: between both",
        { Forecast.Error: { } error } => $"{NumberFormat.Deviation(error)} from the measured",
        _ => NumberFormat.Absent,
    };

    /// <summary>The name of a run's system, or what limits it.</summary>
    public static string NameSystem(RunReport run) =>
        WordFormat.SingleLine(run.Manifest.Label ?? run.Manifest.Plan.System ?? run.Manifest.Target.Model ?? run.Manifest.RunId);

    /// <summary>What the predicted limits of both phases mean.</summary>
    public static string Explain(IReadOnlyList<LimitPrediction> limits) => limits.Count == 0
        ? "The limits cannot be predicted: the run has no such trial."
        : limits.All(limit => limit.Predicted == PhaseLimit.Unclear)
            ? "The limits cannot be predicted: the model's shape or the machine's peaks are unknown."
            : "A phase that does more operations per byte than the machine's balance (peak arithmetic ÷ peak bandwidth) should be "
                + "limited by "
                + "arithmetic, one that does fewer by memory bandwidth. A phase that reaches neither is limited by something else.";

    /// <summary>What the change of bytes predicts.</summary>
    public static string Explain(IReadOnlyList<ChangePrediction> changes) => changes switch
    {
        [] => "There is nothing to predict: the runs have no context in common at which both generate.",
        _ when changes.All(change => change.Predicted is null) =>
            "The change cannot be predicted: a run does not say how many bytes of weights a token reads.",
        _ => "If reading weights and KV cache took all the time, the rates would differ as their bytes do: first ÷ second.",
    };

    /// <summary>What a carried-over run rests on, and what it does not contain.</summary>
    public static IReadOnlyList<string> Explain(ScaledPrediction scaled)
    {
        var trained = scaled.Shape.TrainedContextTokens is { } tokens ? $" of {NumberFormat.Tokens(tokens)} that it was trained for" : "";
        string?[] lines =
        [
            $"Prefill: operations ÷ {NumberFormat.OperationsRate(scaled.Machine.FlopsPerSecond)}. Generation: "
                + $"{NumberFormat.Bandwidth(scaled.Machine.BytesPerSecond)} ÷ bytes of weights and KV cache. No server is faster than "
                    + $"these "
                + "bounds for one stream without speculative decoding.",
            scaled.WallTokens switch
            {
                null => null,
                0 => $"The model does not fit into {NumberFormat.Bytes(scaled.Machine.MemoryBytes)} at any context.",
                { } wall when wall >= scaled.Shape.TrainedContextTokens =>
                    $"{NumberFormat.Bytes(scaled.Machine.MemoryBytes)} hold the whole context of "
                    + $"{NumberFormat.Tokens(scaled.Shape.TrainedContextTokens)} tokens that the model was trained for.",
                { } wall => $"{NumberFormat.Bytes(scaled.Machine.MemoryBytes)} hold a context of {NumberFormat.Tokens(wall)} "
                    + $"tokens{trained}.",
            },
            scaled.HasMfu ? null : "This run has no valid MFU, so no prefill time is carried over, only its bound.",
            scaled.HasMbu ? null : "This run has no valid MBU, so no rate is carried over, only its bound.",
            "A share of the peak that a small model reaches on processors says little about a large one on a GPU: large matrices use a GPU "
                + "better, and a fixed cost per token weighs less. The bounds and the shape of the curves carry over, the shares are an "
                + "illustration.",
        ];
        return [.. lines.OfType<string>()];
    }

    private static string? DescribeGap(WorkPrediction prediction, ContextPrediction largest)
    {
        var isPrefill = prediction.Phase == Phase.Prefill;
        var share = isPrefill ? largest.AtPeak / largest.Measured : largest.Measured / largest.AtPeak;
        var peak = isPrefill ? "arithmetic" : "memory bandwidth";
        return prediction.Gap switch
        {
            PredictionGap.Explained => $"{NumberFormat.Percent(share)} of the peak: {peak} is the limit.",
            PredictionGap.OtherCosts => $"{NumberFormat.Percent(share)} of the peak: {peak} alone does not explain the time. "
                + (isPrefill ? "The rest can be kernels that reach less than the peak, or overhead."
                    : "The rest can be fixed costs of each token, kernels that reach less than the peak, or waiting."),
            PredictionGap.BeyondPeak when isPrefill =>
                "Faster than the measured peak: the server's kernels for small types do more operations per second than the peak test "
                    + "in f32.",
            PredictionGap.BeyondPeak => "Faster than the measured peak: the bytes come from the processor's caches.",
            _ => null,
        };
    }

    private static string? DescribeReference(WorkPrediction prediction, ContextPrediction largest)
    {
        if (largest is not { AsReference: { } predicted, Measured: { } measured } || prediction.ReferenceTokens is not { } reference)
            return null;
        var isPrefill = prediction.Phase == Phase.Prefill;
        var speed = isPrefill
            ? NumberFormat.OperationsRate(prediction.ReferencePerSecond)
            : NumberFormat.Bandwidth(prediction.ReferencePerSecond);
        var ratio = measured / predicted;
        var isAgreeing = Math.Abs(ratio - 1) <= prediction.MaxDeviation;
        var times = $"{(isAgreeing || ratio < 0.1 ? NumberFormat.Ratio(ratio) : NumberFormat.Number(Math.Round(ratio, 2)))} times";
        var verdict = isAgreeing ? "which agrees"
            : isPrefill ? "and the measurement takes" : "and the measurement reaches";
        return $"At the {speed} that {NumberFormat.Context(reference)} reaches, it would be {FormatValue(isPrefill, predicted)}, {verdict} "
            + (isAgreeing ? $"({times})." : isPrefill ? $"{times} as long." : $"{times} that rate.");
    }

    private static string? DescribeOutside(WorkPrediction prediction) => prediction.Outside is { Count: > 0 } outside
        ? $"At {WordFormat.List(outside.Select(context => NumberFormat.Context(context.ContextTokens)))} a part was not in memory; the "
            + "formula counts reads from memory only."
        : null;

    private static string DescribeMissing(MissingInput missing, Phase phase) => (missing, phase) switch
    {
        (MissingInput.Shape, Phase.Prefill) => "No prediction: the model's shape or its number of parameters is unknown.",
        (MissingInput.Shape, _) => "No prediction: the run does not say how many bytes of weights a token reads.",
        (MissingInput.Peak, _) => "No peak: it was not measured before this run.",
        (MissingInput.QuietMachine, _) => "No peak: other programs kept the machine too busy to measure it before this run.",
        (MissingInput.PeakOfServer, _) => "No peak: this machine's does not apply, since the server is elsewhere or uses an accelerator.",
        (_, Phase.Prefill) => "Nothing to compare with: no trial of this run computes its whole prompt.",
        _ => "Nothing to compare with: no trial of this run has a generation rate.",
    };

    private static string? DescribeGuess(double? guess, double? measured, bool isPrefill) =>
        DescribeGuess(guess, measured, isPrefill ? "s" : "t/s");

    private static string? DescribeGuess(double? guess, double? measured, string unit) => (guess, measured) switch
    {
        (null, _) => null,
        ({ } own, > 0 and var known) => $"Your guess: {NumberFormat.Number(own)} {unit}, {NumberFormat.Ratio(own / known)} times what "
            + $"it is.",
        ({ } own, _) => $"Your guess: {NumberFormat.Number(own)} {unit}; there is no value to compare it with.",
    };

    private static string FormatValue(bool isPrefill, double? value) =>
        isPrefill ? NumberFormat.Duration(value) : NumberFormat.Rate(value);
}
