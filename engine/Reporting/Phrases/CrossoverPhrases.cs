using MemoryWall.Analysis;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The sentences for the context at which prefill takes as long as generation.</summary>
internal static class CrossoverPhrases
{
    /// <summary>Where the crossover is, with the rule of thumb where there is one.</summary>
    public static string Format(Crossover crossover) => FormatPosition(crossover) + FormatRuleOfThumb(crossover);

    /// <summary>Where the crossover is.</summary>
    public static string FormatPosition(Crossover crossover)
    {
        ArgumentNullException.ThrowIfNull(crossover);
        var output = crossover.OutputTokens;
        return crossover.Kind switch
        {
            CrossoverKind.Found =>
                $"Prefill takes as long as generating {output} tokens {FormatPlace(crossover)}{FormatInterval(crossover.Estimate)}.",
            CrossoverKind.Repeated =>
                $"Prefill and generation change places {crossover.CrossingTokens.Count} times between "
                    + $"{FormatContext(crossover.MeasuredContexts[0])} and {FormatContext(crossover.MeasuredContexts[^1])} "
                    + $"(near {WordFormat.List(crossover.CrossingTokens.Select(NumberFormat.Approximate))} tokens): "
                    + "the measurements do not give a single crossover.",
            CrossoverKind.BelowMeasured =>
                $"Prefill takes longer than generating {output} tokens at every measured context: the crossover is below "
                    + $"{FormatContext(crossover.MeasuredContexts[0])}, the {FormatExtreme(crossover, "smallest")} measured.",
            CrossoverKind.AboveMeasured =>
                $"Generating {output} tokens takes longer than prefill at every measured context: the crossover is above "
                    + $"{FormatContext(crossover.MeasuredContexts[^1])}, the {FormatExtreme(crossover, "largest")} measured.",
            _ => "The crossover is unknown: there is no context at which both prefill and generation were measured.",
        };
    }

    private static string FormatRuleOfThumb(Crossover crossover) => crossover.FlatRateContextTokens is { } tokens
        ? $" Rule of thumb (answer length × prefill rate ÷ generation rate): {NumberFormat.Approximate(tokens)} tokens."
        : "";

    private static string FormatPlace(Crossover crossover) => crossover.Neighbours is [var low, var high]
        ? $"at about {NumberFormat.Approximate(crossover.ContextTokens!.Value)} tokens "
            + $"(interpolated between {FormatContext(low)} and {FormatContext(high)})"
        : $"at {FormatContext(crossover.Neighbours[0])}";

    private static string FormatInterval(Estimate? estimate) => estimate switch
    {
        null => "; the repetitions do not bound it within the measured contexts",
        { Kind: IntervalKind.Confidence, Interval: { } interval } =>
            $"; 95% interval {NumberFormat.Approximate(interval.Low)} to {NumberFormat.Approximate(interval.High)} tokens",
        { Kind: IntervalKind.Range, Interval: { } interval } =>
            $"; the repetitions allow {NumberFormat.Approximate(interval.Low)} to {NumberFormat.Approximate(interval.High)} tokens",
        _ => "",
    };

    private static string FormatExtreme(Crossover crossover, string extreme) =>
        crossover.MeasuredContexts.Count == 1 ? "only context" : $"{extreme} context";

    private static string FormatContext(int tokens) => NumberFormat.Context(tokens);
}
