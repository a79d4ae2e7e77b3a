namespace MemoryWall.Analysis.Rules;

/// <summary>When a result of another tool is doubted. The tool's own figures are the only evidence, so each threshold leaves room for
/// rounding and for honest scatter.</summary>
internal sealed record AuditRules
{
    /// <summary>How much more than the measured bandwidth of the memory a rate may need, as a factor: a short memory test does not reach
    /// the full bandwidth. Default 1.25.</summary>
    public double BandwidthSlack { get; init; } = 1.25;

    /// <summary>Bytes per second that no machine reads. Default 1e14, ten times the fastest devices on the market.</summary>
    public double MaxBytesPerSecond { get; init; } = 1e14;

    /// <summary>Tokens per second that no machine computes for one stream. Default 1e6.</summary>
    public double MaxTokensPerSecond { get; init; } = 1e6;

    /// <summary>By how much count ÷ time may differ from a reported rate, as a share. Default 0.05: rounding, and the difference between a
    /// mean of rates and the rate of the mean, stay below.</summary>
    public double InconsistentShare { get; init; } = 0.05;

    /// <summary>Standard deviation of repetitions from which they were disturbed or cold, as a share of their mean. Default 0.2: one slow
    /// repetition of five at half the rate makes 0.25.</summary>
    public double MaxRepetitionSpread { get; init; } = 0.2;

    /// <summary>The first repetition's rate as a share of the others, below which it was not warmed up. Default 0.8.</summary>
    public double MinFirstRatio { get; init; } = 0.8;

    /// <summary>The smallest relative change over the places or the time of a file that counts as an effect of order. Default
    /// 0.05.</summary>
    public double MinOrderDifference { get; init; } = 0.05;

    /// <summary>How many standard deviations two results of one test must be apart. Default 3.</summary>
    public double MinOrderDeviations { get; init; } = 3;

    /// <summary>The probability of a trend by chance, below which a slowdown over requests counts. Default 0.001, because a file may have
    /// many series.</summary>
    public double OrderSignificance { get; init; } = 0.001;

    /// <summary>Equal requests from which a trend is tested. Default 12.</summary>
    public int MinOrderRequests { get; init; } = 12;

    /// <summary>How near a reported rate must be to the fastest repetition, as a share, to be that one. Default 0.002, the rounding of a
    /// table.</summary>
    public double MaxPeakDifference { get; init; } = 0.002;

    /// <summary>How far the fastest repetition must be above the mean, as a share. Default 0.01; nearer, it does not matter.</summary>
    public double MinPeakExcess { get; init; } = 0.01;

    /// <summary>The share of requested prompt tokens that may be missing before the prompt was truncated. Default 0.02.</summary>
    public double TruncationShare { get; init; } = 0.02;

    /// <summary>The smallest window of Ollama whose truncated prompts are recognised by their length, in tokens. Default 2,048, its oldest
    /// default.</summary>
    public int MinWindowTokens { get; init; } = 2048;

    /// <summary>The largest such window, in tokens. Default 1,048,576.</summary>
    public int MaxWindowTokens { get; init; } = 1 << 20;

    /// <summary>The share of prompt tokens from a cache above which the prefill was warm. Default 0.01: the tokens of a template are
    /// fewer.</summary>
    public double MinCachedShare { get; init; } = 0.01;

    /// <summary>How many times faster than the first a later prompt of the same length must be to have come from a cache. Default
    /// 5.</summary>
    public double MinCacheSpeedup { get; init; } = 5;

    /// <summary>Prompt tokens from which that is judged. Default 256: shorter prompts take mostly fixed time.</summary>
    public double MinCachedPromptTokens { get; init; } = 256;

    /// <summary>How far a prompt's length may be from the requested one, as a share. Default 0.01.</summary>
    public double PromptLengthShare { get; init; } = 0.01;

    /// <summary>Tokens that templates and BOS add to a prompt of another tool, whatever its length. Default 32.</summary>
    public double TemplateTokens { get; init; } = 32;

    /// <summary>The shortest time over which a rate is measured, in seconds. Default 0.001: the resolution of a millisecond clock, and the
    /// time that a chunk takes through a socket.</summary>
    public double MinMeasuredSeconds { get; init; } = 0.001;

    /// <summary>Prompt tokens from which a prefill may take less than that. Default 64.</summary>
    public int MinFastPrefillTokens { get; init; } = 64;

    /// <summary>Seconds by which a benchmark's seconds of the clock are more than its duration: the first and the last are not whole.
    /// Default 2.</summary>
    public double PartialSeconds { get; init; } = 2;

    /// <summary>The smallest rate in tokens per second, and duration of a benchmark in seconds, that are compared with others: tools print
    /// two decimals, so that a smaller value is rounded by more than 2.5%. Default 0.2.</summary>
    public double MinRoundedValue { get; init; } = 0.2;

    /// <summary>The share of a total time that may belong to no phase. Default 0.1: reading the request, the template and tokenization
    /// take less of a prompt that is worth timing.</summary>
    public double MaxUnaccountedShare { get; init; } = 0.1;

    /// <summary>Seconds that may belong to no phase in any case. Default 0.25.</summary>
    public double MinUnaccountedSeconds { get; init; } = 0.25;

    /// <summary>How many times the prefill rate of any other prompt of a file is too fast for a prompt with unaccounted time. Default 3:
    /// honest rates of one model vary less over lengths.</summary>
    public double MinPrefillSpeedup { get; init; } = 3;

    /// <summary>The prefill rate over the generation rate that is too fast for a prompt with unaccounted time. Default 400: the FLOPS of an
    /// H100 over its bandwidth allow some 300 for 16-bit weights, and less for smaller ones.</summary>
    public double MaxPrefillToGeneration { get; init; } = 400;

    /// <summary>Contexts from which a time to the first token is called flat. Default 3.</summary>
    public int MinFlatContexts { get; init; } = 3;

    /// <summary>How many times larger the last of these contexts is than the first. Default 8.</summary>
    public double MinFlatGrowth { get; init; } = 8;

    /// <summary>The tokens of the last of them. Default 16,384: below, a fast machine computes any of them in the time of a
    /// network.</summary>
    public int MinFlatTokens { get; init; } = 16_384;

    /// <summary>How many times the first one's time the others may take. Default 1.25; prefill takes at least 8 times as long for 8 times
    /// the tokens.</summary>
    public double MaxFlatRatio { get; init; } = 1.25;

    /// <summary>The time in seconds from which no fixed delay is assumed. Default 2.</summary>
    public double MinFlatSeconds { get; init; } = 2;

    /// <summary>How many times the time grew over smaller contexts, where it is shorter. Default 2.</summary>
    public double MinGrowthBeforeFlat { get; init; } = 2;
}
