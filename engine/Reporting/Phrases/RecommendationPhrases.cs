using MemoryWall.Analysis.Recommendations;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What to do, in words: a few words, and the reason with its numbers.</summary>
internal static class RecommendationPhrases
{
    /// <summary>Where the runs support no recommendation.</summary>
    public const string None = "These runs support no recommendation: no wall was found, no phase dominates, and no limit is known.";

    /// <summary>One recommendation.</summary>
    public static Explanation Format(Recommendation recommendation) => recommendation switch
    {
        KeepPromptsBelowWall shorter => Create("shorten prompts",
            $"Keep prompts at {NumberFormat.Context(shorter.InsideTokens)} tokens or below: that is in memory, and "
                + $"{NumberFormat.Context(shorter.BeyondTokens)} is not."),
        QuantizeKvCache quantize => Create("quantise the KV cache", FormatQuantize(quantize), FormatMeasured(quantize)),
        AddMemory memory => Create("add RAM",
            $"{NumberFormat.Context(memory.ContextTokens)} tokens need about {NumberFormat.Bytes(memory.NeededBytes)}; there were "
                + $"{NumberFormat.Bytes(memory.LimitBytes)}.", "The need is a forecast from the model's shape."),
        UseStorageTier tier => Create("use a storage tier",
            $"{WordFormat.SingleLine(tier.System)} answers up to {NumberFormat.Context(tier.ContextTokens)} tokens"
                + (tier.Tps is { } rate ? $" at {NumberFormat.Rate(rate)}" : "")
                + (tier.OtherTokens > 0 ? $"; without it {NumberFormat.Context(tier.OtherTokens)} fit in memory "
                    + $"with {(tier.OtherKvType == "f16" ? "an" : "a")} {tier.OtherKvType} cache." : "."),
            "It reads and writes its device; the table of systems shows how much."),
        MeasureStorageTier => Create("try a storage tier", "No run with the managed tier is among these; measure one under the same limit.",
            "In a cell: await Compare.RunAsync(systems: \"standard,managed\"); in a terminal: memwall compare."),
        ShortenPrompts shorter => Create("shorten prompts", FormatShorten(shorter),
            "A prompt whose beginning is the same each time can be reused from the prompt cache; send its fixed part first."),
        SpeedUpGeneration generation => Create("speed up generation",
            $"At {NumberFormat.Context(generation.ContextTokens)} tokens prefill takes only "
                + $"{NumberFormat.Percent(generation.PrefillShare)} "
                + "of the time: shorter answers, smaller weights or faster memory shorten the rest."),
        RaiseLimit { Limit: PhaseLimit.Compute } limit => Create("more arithmetic",
            $"{Name(limit.Phase)} at {NumberFormat.Context(limit.ContextTokens)} is limited by arithmetic: more or faster cores or a GPU "
                + "make it faster, more memory does not."),
        RaiseLimit limit => Create("faster memory",
            $"{Name(limit.Phase)} at {NumberFormat.Context(limit.ContextTokens)} is limited by memory bandwidth: faster memory, smaller "
                + "weights or a quantised KV cache make it faster, more cores do not."),
        RepeatQuietly quiet => Create("repeat on a quiet machine",
            $"Other work disturbed {NumberFormat.Tokens(quiet.Disturbed)} of {WordFormat.Count(quiet.Measured, "trial")}: stop it, or "
                + "measure elsewhere, before you decide on these numbers."),
        RepeatMore more => Create("repeat more",
            $"{WordFormat.Count(more.Missing, "more repetition")} at each context would show whether the changes are more than chance."),
        _ => throw new ArgumentOutOfRangeException(nameof(recommendation), recommendation.GetType().Name, "unknown recommendation"),
    };

    private static Explanation Create(string action, string reason, params string?[] details) =>
        new(action, reason, [.. details.OfType<string>()]);

    private static string FormatQuantize(QuantizeKvCache quantize) =>
        $"With {quantize.KvType} elements the forecast wall moves from {NumberFormat.Tokens(quantize.WallTokens)} tokens "
        + (quantize.ForecastTokens is { } tokens ? $"to {NumberFormat.Tokens(tokens)}." : "beyond what the model supports.");

    private static string? FormatMeasured(QuantizeKvCache quantize) =>
        quantize is { MeasuredSystem: { } system, MeasuredTokens: { } reached }
        ? $"Measured: {WordFormat.SingleLine(system)} completes up to {NumberFormat.Context(reached)} tokens."
        : null;

    private static string FormatShorten(ShortenPrompts shorter)
    {
        var share = $"At {NumberFormat.Context(shorter.ContextTokens)} tokens prefill takes "
            + $"{NumberFormat.Percent(shorter.PrefillShare)} of "
            + "the time";
        return shorter is { TtftSeconds: { } now, ShorterTtftSeconds: { } then }
            ? $"{share}: the first token comes after {NumberFormat.Duration(now)}, with {NumberFormat.Context(shorter.ShorterTokens)} "
                + $"tokens "
                + $"after {NumberFormat.Duration(then)}."
            : share + ".";
    }

    private static string Name(Phase phase) => WordFormat.Capitalize(phase.ToString().ToLowerInvariant());
}
