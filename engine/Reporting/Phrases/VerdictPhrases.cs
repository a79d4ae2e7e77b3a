using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The sentence for a verdict.</summary>
internal static class VerdictPhrases
{
    /// <summary>The conclusion in English; where the run has several levels, it begins with the level.</summary>
    public static string Format(Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return (verdict.Level is { } level ? FormatLevel(level) : "") + FormatConclusion(verdict);
    }

    /// <summary>The conclusion, then the trials that it rests on in brackets.</summary>
    public static string WithTrials(Verdict verdict) =>
        verdict.Trials.Count == 0 ? Format(verdict) : $"{Format(verdict)} ({WordFormat.TrialRanges(verdict.Trials)})";

    private static string FormatConclusion(Verdict verdict) => verdict switch
    {
        CompletionVerdict completion => TrialPhrases.Format(completion),
        DominanceVerdict dominance => RatePhrases.Format(dominance),
        CrossoverVerdict { Crossover: var crossover } => CrossoverPhrases.Format(crossover),
        RateChangeVerdict change => RatePhrases.Format(change),
        OrchestrationVerdict orchestration => TtftPhrases.Format(orchestration),
        WarmUpVerdict warmUp => SeriesPhrases.Format(warmUp),
        DriftVerdict drift => SeriesPhrases.Format(drift),
        OrderEffectVerdict effect => SeriesPhrases.Format(effect),
        ConfoundedOrderVerdict => SeriesPhrases.ConfoundedOrder,
        OutlierVerdict outlier => SpreadPhrases.Format(outlier),
        TwoGroupsVerdict groups => SpreadPhrases.Format(groups),
        StallVerdict stall => SpreadPhrases.Format(stall),
        FailureVerdict failure => TrialPhrases.Format(failure),
        DoubtVerdict doubt => TrialPhrases.Format(doubt),
        IntentVerdict intent => TrialPhrases.Format(intent),
        NoRateVerdict none => TrialPhrases.Format(none),
        SyntheticDepthVerdict depth => TrialPhrases.Format(depth),
        ResumeVerdict resume => ResumePhrases.Format(resume),
        AgreementVerdict agreement => AgreementPhrases.Format(agreement),
        GoodputVerdict { Goodput: var goodput } => GoodputPhrases.Format(goodput),
        WallVerdict wall => WallPhrases.Format(wall),
        SystemReachVerdict reach => SystemPhrases.Format(reach),
        EmulationVerdict emulation => SystemPhrases.Format(emulation),
        SystemGainVerdict gain => SystemPhrases.Format(gain),
        IncomparableVerdict pair => SystemPhrases.Format(pair),
        _ => throw new ArgumentException($"there are no words for {verdict.GetType().Name}", nameof(verdict)),
    };

    private static string FormatLevel(LevelKey level)
    {
        var streams = string.Create(CultureInfo.InvariantCulture, $"{level.Concurrency} {(level.Concurrency == 1 ? "stream" : "streams")}");
        var method = level.Method == SweepMethod.Cold ? "" : $", {level.Method.Label()}";
        var labels = level.Label is var left and not TrialFlags.None
            ? $", {string.Join(", ", left.Labels())}"
            : "";
        return $"With {streams} and {level.OutputTokensAsked} output tokens{method}{labels}: ";
    }
}
