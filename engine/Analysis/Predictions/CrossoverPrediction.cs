using MemoryWall.Analysis.Reports;

namespace MemoryWall.Analysis.Predictions;

/// <summary>The crossover that the rates of the smallest context alone predict, beside the measured one.</summary>
/// <param name="OutputTokens">Tokens of the answer.</param>
/// <param name="ReferenceTokens">The smallest context.</param>
/// <param name="PrefillTps">Its prefill rate.</param>
/// <param name="GenerationTps">Its generation rate.</param>
/// <param name="Measured">The measured crossover.</param>
internal sealed record CrossoverPrediction(int OutputTokens, int ReferenceTokens, double PrefillTps, double GenerationTps,
    Crossover Measured)
{
    /// <summary>How far a measurement may be from the prediction and still agree, as a share.</summary>
    public required double MaxDeviation { get; init; }

    /// <summary>Answer length × prefill rate ÷ generation rate, in tokens of context.</summary>
    public double PredictedTokens => OutputTokens * PrefillTps / GenerationTps;

    /// <summary>The prediction; null where no context has both rates.</summary>
    public static CrossoverPrediction? Create(RunReport run)
    {
        var level = run.Levels.MaxBy(level => level.Count) ?? [];
        return level.FirstOrDefault(context => context is { PrefillTps: not null, GenerationTps.Median: > 0 }) is not { } first
            ? null
            : new CrossoverPrediction(first.OutputTokensAsked, first.ContextTokens, first.PrefillTps!.Median, first.GenerationTps!.Median,
                run.Crossovers[run.Levels.ToList().IndexOf(level)])
            {
                MaxDeviation = run.Rules.Predictions.MaxDeviation,
            };
    }
}
