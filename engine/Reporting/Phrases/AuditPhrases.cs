using MemoryWall.Audit;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for an audited file.</summary>
internal static class AuditPhrases
{
    private const int MaxDetails = 12;
    private const int MaxDetailLength = 160;

    /// <summary>The file's name, the tool that wrote it, and how much was found in it.</summary>
    public static string FormatHeading(AuditedFile file)
    {
        var name = WordFormat.SingleLine(file.Name);
        if (file.Tool is null)
            return $"{name}: not audited";
        if (file.Records.Count == 0)
            return $"{name}: {file.Tool}, without a result to audit";
        var doubts = file.Doubts.Count == 0 ? "no doubts" : WordFormat.Count(file.Doubts.Count, "doubt");
        var failed = file.Records.Count(record => record.Succeeded == false);
        var records = WordFormat.Count(file.Records.Count, "record") + (failed > 0 ? $" ({failed} failed)" : "");
        return $"{name}: {file.Tool}, {records}, {doubts}";
    }

    /// <summary>What failed in the file, one line a record.</summary>
    public static IEnumerable<string> FormatFailures(AuditedFile file) =>
        file.Records.Where(record => record is { Succeeded: false, Error.Length: > 0 })
            .Select(record => WordFormat.SingleLine($"{record.Name} failed: {record.Error}")).Take(MaxDetails);

    /// <summary>What a log in the file says.</summary>
    public static IEnumerable<string> FormatLog(AuditedFile file) =>
        file.LogLines.Take(MaxDetails).Select(line => WordFormat.SingleLine(line, MaxDetailLength));

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
        PromptsCut cut => $"{cut.Cut} of {WordFormat.Count(cut.Records, "record")} counted fewer prompt tokens than requested, down to "
            + $"{NumberFormat.Tokens(cut.WorstCounted)} of {NumberFormat.Tokens(cut.WorstAsked)}",
        ContextCut cut => $"the server says that it cut the context of {cut.Cut} of {WordFormat.Count(cut.Records, "record")}"
            + (cut is { WorstAsked: { } sent, WorstCounted: { } left }
                ? $", the longest from {NumberFormat.Tokens(sent)} tokens to {NumberFormat.Tokens(left)}"
                : ""),
        WrongPromptLengths wrong => $"{wrong.Wrong} of {WordFormat.Count(wrong.Records, "record")} have prompts of another length than "
            + $"requested; the largest deviation is {NumberFormat.Tokens(wrong.WorstCounted)} tokens instead of "
            + NumberFormat.Tokens(wrong.WorstAsked),
        ReportedCache cache => $"{cache.Cached} of {WordFormat.Count(cache.Records, "record")} took prompt tokens from a cache, up to "
            + $"{NumberFormat.Percent(cache.MaxShare)} of the prompt",
        FasterAfterFirst fast => $"{NumberFormat.Tokens(fast.PromptTokens)} prompt tokens took {NumberFormat.Duration(fast.FirstSeconds)} "
            + $"the first time and {NumberFormat.Duration(fast.LaterSeconds)} after that: the later prompts came from a cache, or the "
            + "first one met a server that was not warm",
        EmptySuccesses empty => $"{empty.Empty} of {WordFormat.Count(empty.Records, "record")} count as successful without a generated "
            + "token",
        RateOfOneToken one => $"{one.Name}: a generation rate of {NumberFormat.Rate(one.Tps)} from "
            + WordFormat.Count((int)one.Tokens, "token"),
        RateOverNoTime time => $"{time.Name}: a {time.Phase} rate of {NumberFormat.Rate(time.Tps)} over "
            + NumberFormat.Duration(time.Seconds),
        NothingTimed none => $"{none.Name}: the time to the first token is 0, so nothing was timed",
        NoTimeBetweenTokens none => $"{none.Name}: the time per output token is 0, so the tokens arrived together: TTFT is the time of "
            + "the whole answer, and there is no rate of generation",
        UntimedRequests none => $"{none.Untimed} of {WordFormat.Count(none.Records, "request")} count as successful with a time to the "
            + "first token of 0: no token was timed, and the means include the zeros",
        UnaccountedTime time => $"{time.Name}: {NumberFormat.Duration(time.UnaccountedSeconds)} of "
            + $"{NumberFormat.Duration(time.TotalSeconds)} belong to no phase"
            + (time.PrefillTps is { } tps ? $", so the prefill rate of {NumberFormat.Rate(tps)} may be that of a part of the prompt" : ""),
        FlatTtft flat => $"the time to the first token is {NumberFormat.Duration(flat.FirstSeconds)} at "
            + $"{NumberFormat.Tokens(flat.FirstTokens)} tokens and {NumberFormat.Duration(flat.LastSeconds)} at "
            + $"{NumberFormat.Tokens(flat.LastTokens)}: the longer prompts were cut to a window, or came from a cache",
        FailedShareInMeans failures => $"{failures.Name}: {NumberFormat.Percent(failures.FailedShare)} of the requests failed, and the "
            + "means do not say whether they are included",
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
