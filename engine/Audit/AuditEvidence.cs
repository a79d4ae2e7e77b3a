using System.Text.Json.Serialization;

namespace MemoryWall.Audit;

/// <summary>What a rule found in a result, with its values.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FewerTokensCounted), "fewer_tokens_counted")]
[JsonDerivedType(typeof(CutToWindow), "cut_to_window")]
[JsonDerivedType(typeof(PromptsCut), "prompts_cut")]
[JsonDerivedType(typeof(ContextCut), "context_cut")]
[JsonDerivedType(typeof(WrongPromptLengths), "wrong_prompt_lengths")]
[JsonDerivedType(typeof(ReportedCache), "reported_cache")]
[JsonDerivedType(typeof(FasterAfterFirst), "faster_after_first")]
[JsonDerivedType(typeof(EmptySuccesses), "empty_successes")]
[JsonDerivedType(typeof(RateOfOneToken), "rate_of_one_token")]
[JsonDerivedType(typeof(RateOverNoTime), "rate_over_no_time")]
[JsonDerivedType(typeof(NoTimeBetweenTokens), "no_time_between_tokens")]
[JsonDerivedType(typeof(NothingTimed), "nothing_timed")]
[JsonDerivedType(typeof(UntimedRequests), "untimed_requests")]
[JsonDerivedType(typeof(UnaccountedTime), "unaccounted_time")]
[JsonDerivedType(typeof(FlatTtft), "flat_ttft")]
[JsonDerivedType(typeof(FailuresInMeans), "failures_in_means")]
[JsonDerivedType(typeof(FailedShareInMeans), "failed_share_in_means")]
[JsonDerivedType(typeof(BestReported), "best_reported")]
[JsonDerivedType(typeof(SlowFirst), "slow_first")]
[JsonDerivedType(typeof(WideScatter), "wide_scatter")]
[JsonDerivedType(typeof(SameTestDiffers), "same_test_differs")]
[JsonDerivedType(typeof(TrendOverRequests), "trend_over_requests")]
[JsonDerivedType(typeof(PeakBelowMean), "peak_below_mean")]
[JsonDerivedType(typeof(FiguresContradict), "figures_contradict")]
[JsonDerivedType(typeof(BandwidthBeyondMachine), "bandwidth_beyond_machine")]
[JsonDerivedType(typeof(RateBeyondMachines), "rate_beyond_machines")]
internal abstract record AuditEvidence
{
    private protected AuditEvidence()
    {
    }
}

/// <summary>Fewer prompt tokens were counted than requested.</summary>
internal sealed record FewerTokensCounted(string Name, double Counted, double Asked) : AuditEvidence;

/// <summary>The prompt tokens are exactly what remains of a prompt that does not fit into a window.</summary>
internal sealed record CutToWindow(string Name, double Counted, int WindowTokens) : AuditEvidence;

/// <summary>Fewer prompt tokens were counted than requested, in several requests.</summary>
/// <param name="Cut">How many.</param>
/// <param name="Records">Of how many.</param>
/// <param name="WorstCounted">Counted tokens of the prompt with the smallest share.</param>
/// <param name="WorstAsked">Its requested tokens.</param>
internal sealed record PromptsCut(int Cut, int Records, double WorstCounted, double WorstAsked) : AuditEvidence;

/// <summary>The server says that it cut contexts.</summary>
/// <param name="Cut">How many.</param>
/// <param name="Records">Of how many.</param>
/// <param name="WorstCounted">Prompt tokens that it processed of the longest one; absent where unknown.</param>
/// <param name="WorstAsked">Prompt tokens that it was sent; absent where unknown.</param>
internal sealed record ContextCut(int Cut, int Records, double? WorstCounted, double? WorstAsked) : AuditEvidence;

/// <summary>Records have prompts of another length than requested.</summary>
/// <param name="Wrong">How many.</param>
/// <param name="Records">Of how many.</param>
/// <param name="WorstCounted">Counted tokens of the prompt that deviates most.</param>
/// <param name="WorstAsked">Its requested tokens.</param>
internal sealed record WrongPromptLengths(int Wrong, int Records, double WorstCounted, double WorstAsked) : AuditEvidence;

/// <summary>The tool reports prompt tokens from a cache.</summary>
/// <param name="Cached">Records with such tokens.</param>
/// <param name="Records">Of how many.</param>
/// <param name="MaxShare">The largest share of a prompt, 0 to 1.</param>
internal sealed record ReportedCache(int Cached, int Records, double MaxShare) : AuditEvidence;

/// <summary>Later prompts of the same length took much less time than the first.</summary>
internal sealed record FasterAfterFirst(double PromptTokens, double FirstSeconds, double LaterSeconds) : AuditEvidence;

/// <summary>Records count as successful without a generated token.</summary>
internal sealed record EmptySuccesses(int Empty, int Records) : AuditEvidence;

/// <summary>A generation rate from a single token, or none.</summary>
internal sealed record RateOfOneToken(string Name, double Tps, double Tokens) : AuditEvidence;

/// <summary>A rate over a time too short to measure.</summary>
internal sealed record RateOverNoTime(string Name, string Phase, double Tps, double Seconds) : AuditEvidence;

/// <summary>The time to the first token is 0.</summary>
internal sealed record NothingTimed(string Name) : AuditEvidence;

/// <summary>Tokens arrived together, so that there is no time between them.</summary>
/// <param name="Name">The record.</param>
/// <param name="OutputTokens">Output tokens of an answer; absent where unknown.</param>
internal sealed record NoTimeBetweenTokens(string Name, double? OutputTokens) : AuditEvidence;

/// <summary>Requests that count as successful have a time to the first token of 0.</summary>
internal sealed record UntimedRequests(int Untimed, int Records) : AuditEvidence;

/// <summary>A part of the total time belongs to no phase.</summary>
/// <param name="Name">The record.</param>
/// <param name="TotalSeconds">The total.</param>
/// <param name="UnaccountedSeconds">What is left without loading, prefill and generation.</param>
/// <param name="PrefillTps">The reported prefill rate; absent where it is not reported.</param>
internal sealed record UnaccountedTime(string Name, double TotalSeconds, double UnaccountedSeconds, double? PrefillTps) : AuditEvidence;

/// <summary>The time to the first token does not grow over contexts that do.</summary>
internal sealed record FlatTtft(double FirstTokens, double FirstSeconds, double LastTokens, double LastSeconds) : AuditEvidence;

/// <summary>Means of requests of which a share failed.</summary>
internal sealed record FailedShareInMeans(string Name, double FailedShare) : AuditEvidence;

/// <summary>Means of requests of which some failed.</summary>
internal sealed record FailuresInMeans(string Name, double Failed, double? Requests) : AuditEvidence;

/// <summary>The reported rate is that of the fastest repetition.</summary>
internal sealed record BestReported(string Name, double Tps, int Repetitions, double MeanTps) : AuditEvidence;

/// <summary>The first repetition is slower than the others.</summary>
/// <param name="Name">The record.</param>
/// <param name="Repetitions">How many there are.</param>
/// <param name="Ratio">Its rate ÷ that of the others.</param>
internal sealed record SlowFirst(string Name, int Repetitions, double Ratio) : AuditEvidence;

/// <summary>The repetitions scatter widely.</summary>
/// <param name="Name">The record.</param>
/// <param name="Spread">Their standard deviation as a share of their mean.</param>
internal sealed record WideScatter(string Name, double Spread) : AuditEvidence;

/// <summary>The same test has two results.</summary>
internal sealed record SameTestDiffers(string Test, double SlowTps, int SlowRecord, double FastTps, int FastRecord) : AuditEvidence;

/// <summary>The generation rate of equal requests changes in their order.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Change">The change from the first to the last as a share of the median; below 0 where it falls.</param>
internal sealed record TrendOverRequests(int Requests, double Change) : AuditEvidence;

/// <summary>The peak output throughput is below the mean.</summary>
internal sealed record PeakBelowMean(string Name, double PeakTps, double MeanTps) : AuditEvidence;

/// <summary>Count, time and rate of a phase contradict each other.</summary>
internal sealed record FiguresContradict(string Name, string Phase, double Tokens, double Seconds, double Tps) : AuditEvidence;

/// <summary>A rate that needs more memory bandwidth than the machine has.</summary>
/// <param name="Name">The record.</param>
/// <param name="Tps">The rate.</param>
/// <param name="WeightBytes">Bytes that each token reads.</param>
/// <param name="MemoryBytesPerSecond">The machine's bandwidth; absent where it is unknown and no machine has as much.</param>
internal sealed record BandwidthBeyondMachine(string Name, double Tps, double WeightBytes, double? MemoryBytesPerSecond) : AuditEvidence;

/// <summary>A rate of one stream that no machine reaches.</summary>
internal sealed record RateBeyondMachines(string Name, double Tps) : AuditEvidence;
