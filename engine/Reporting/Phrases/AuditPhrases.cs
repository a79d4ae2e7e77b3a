using MemoryWall.Audit;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for an audited file.</summary>
internal static class AuditPhrases
{
    /// <summary>The file's name, the tool that wrote it, and how much was found in it.</summary>
    public static string FormatHeading(AuditedFile file)
    {
        var name = WordFormat.SingleLine(file.Name);
        if (file.Tool is null)
            return $"{name}: not audited";
        var doubts = file.Doubts.Count == 0 ? "no doubts" : WordFormat.Count(file.Doubts.Count, "doubt");
        return $"{name}: {file.Tool}, {WordFormat.Count(file.Records.Count, "record")}, {doubts}";
    }

    /// <summary>A reason to doubt the file.</summary>
    public static string FormatDoubt(AuditFinding doubt) => $"{doubt.Rule}: {FormatSentence(doubt)}";

    /// <summary>The same without the name of its rule.</summary>
    public static string FormatSentence(AuditFinding doubt) => WordFormat.SingleLine(Describe(doubt.Evidence));

    private static string Describe(AuditEvidence evidence) => evidence switch
    {
        FewerTokensCounted few => $"{few.Name}: {NumberFormat.Tokens(few.Counted)} of {NumberFormat.Tokens(few.Asked)} requested prompt "
            + "tokens were counted",
        CutToWindow cut => $"{cut.Name}: {NumberFormat.Tokens(cut.Counted)} prompt tokens are exactly what remains of a prompt that does "
            + $"not fit into a window of {NumberFormat.Tokens(cut.WindowTokens)}",
        WrongPromptLengths wrong => $"{wrong.Wrong} of {WordFormat.Count(wrong.Records, "record")} have prompts of another length than "
            + $"requested; the largest deviation is {NumberFormat.Tokens(wrong.WorstCounted)} tokens instead of "
            + NumberFormat.Tokens(wrong.WorstAsked),
        ReportedCache cache => $"{cache.Cached} of {WordFormat.Count(cache.Records, "record")} took prompt tokens from a cache, up to "
            + $"{NumberFormat.Percent(cache.MaxShare)} of the prompt",
        FasterAfterFirst fast => $"{NumberFormat.Tokens(fast.PromptTokens)} prompt tokens took {NumberFormat.Duration(fast.FirstSeconds)} "
            + $"the first time and {NumberFormat.Duration(fast.LaterSeconds)} after that: the later prompts probably came from a cache",
        EmptySuccesses empty => $"{empty.Empty} of {WordFormat.Count(empty.Records, "record")} count as successful without a generated "
            + "token",
        RateOfOneToken one => $"{one.Name}: a generation rate of {NumberFormat.Rate(one.Tps)} from "
            + WordFormat.Count((int)one.Tokens, "token"),
        RateOverNoTime time => $"{time.Name}: a {time.Phase} rate of {NumberFormat.Rate(time.Tps)} over "
            + NumberFormat.Duration(time.Seconds),
        NothingTimed none => $"{none.Name}: the time to the first token is 0, so nothing was timed",
        FailuresInMeans failures => $"{failures.Name}: {NumberFormat.Tokens(failures.Failed)} of {NumberFormat.Tokens(failures.Requests)} "
            + "requests failed, and the means do not say whether they are included",
        BestReported best => $"{best.Name}: the reported rate, {NumberFormat.Rate(best.Tps)}, is that of the fastest of "
            + $"{best.Repetitions} repetitions; their mean is {NumberFormat.Rate(best.MeanTps)}",
        SlowFirst slow => $"{slow.Name}: the first of {slow.Repetitions} repetitions ran at {NumberFormat.Ratio(slow.Ratio)} times the "
            + "rate of the others, and the mean includes it",
        WideScatter wide => $"{wide.Name}: the repetitions scatter by {NumberFormat.Percent(wide.Spread)} of their mean: the first ones "
            + "were not warmed up, or other work disturbed the machine",
        SameTestDiffers same => $"the test {same.Test} gave {NumberFormat.Rate(same.SlowTps)} as record {same.SlowRecord} and "
            + $"{NumberFormat.Rate(same.FastTps)} as record {same.FastRecord}",
        TrendOverRequests trend => $"over {trend.Requests} equal requests the generation rate {(trend.Change < 0 ? "fell" : "rose")} by "
            + $"about {NumberFormat.Percent(Math.Abs(trend.Change))}: the machine changed during the benchmark",
        PeakBelowMean peak => $"{peak.Name}: the peak output throughput, {NumberFormat.Rate(peak.PeakTps)}, is below the mean, "
            + $"{NumberFormat.Rate(peak.MeanTps)}: it counts chunks, not tokens",
        FiguresContradict figures => $"{figures.Name}: {NumberFormat.Tokens(figures.Tokens)} tokens in "
            + $"{NumberFormat.Duration(figures.Seconds)} are {NumberFormat.Rate(figures.Tokens / figures.Seconds)}, but the reported "
            + $"{figures.Phase} rate is {NumberFormat.Rate(figures.Tps)}",
        BandwidthBeyondMachine beyond => $"{beyond.Name}: {NumberFormat.Rate(beyond.Tps)} over {NumberFormat.Bytes(beyond.WeightBytes)} of "
            + $"weights need {NumberFormat.Bandwidth(beyond.Tps * beyond.WeightBytes)}; "
            + (beyond.MemoryBytesPerSecond is { } memory
                ? $"the memory has {NumberFormat.Bandwidth(memory)}"
                : "no machine has that bandwidth"),
        RateBeyondMachines rate => $"{rate.Name}: {NumberFormat.Rate(rate.Tps)} for one stream are more than any machine reaches",
        _ => throw new ArgumentOutOfRangeException(nameof(evidence), evidence, "an unknown kind of evidence"),
    };
}
