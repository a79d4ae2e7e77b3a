namespace MemoryWall.Audit;

/// <summary>What one record describes.</summary>
public enum RecordKind
{
    /// <summary>One inference.</summary>
    Request,

    /// <summary>The mean of several repetitions of the same test.</summary>
    Repeated,

    /// <summary>The totals and means of many requests of one benchmark.</summary>
    Aggregate,
}

/// <summary>
/// One line of a benchmark's result in terms that all tools share. A value that a tool does not report is absent, never 0. Rates are those
/// that the tool reports: no rate is computed here.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>Its place in the file, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>What it describes.</summary>
    public required RecordKind Kind { get; init; }

    /// <summary>The model's name in the tool's words.</summary>
    public string? Model { get; init; }

    /// <summary>The settings in the tool's words; two records of a file with equal settings are the same test.</summary>
    public string? Test { get; init; }

    /// <summary>The invocation of the tool that it belongs to, from 1: a table, or an array of rows. Only records of one invocation ran
    /// one after the other on one machine.</summary>
    public int Invocation { get; init; } = 1;

    /// <summary>Requested prompt tokens.</summary>
    public double? PromptTokensAsked
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Prompt tokens as counted; for an aggregate the mean.</summary>
    public double? PromptTokens
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Prompt tokens from a cache; for an aggregate the mean.</summary>
    public double? CachedTokens
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Whether the cache was used on purpose; absent where the tool does not say.</summary>
    public bool? CacheOnPurpose { get; init; }

    /// <summary>Tokens in the cache before the test began.</summary>
    public double? DepthTokens
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Requested output tokens.</summary>
    public double? OutputTokensAsked
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Output tokens as counted; for an aggregate the mean.</summary>
    public double? OutputTokens
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Output tokens of all requests together.</summary>
    public double? TotalOutputTokens
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Prompt and output tokens of all requests together.</summary>
    public double? TotalTokens
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Time to the first token, in seconds; the mean or median that the tool gives.</summary>
    public double? TtftSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Loading of the model as a part of the test, in seconds.</summary>
    public double? LoadSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Prefill, in seconds.</summary>
    public double? PrefillSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Generation, in seconds.</summary>
    public double? GenerationSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Time per output token after the first, in seconds; the median or mean that the tool gives. 0 or less where tokens arrived
    /// together.</summary>
    public double? TpotSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>The whole test or benchmark, in seconds.</summary>
    public double? DurationSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Prompt tokens per second of prefill.</summary>
    public double? PrefillTps
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Output tokens per second of one stream.</summary>
    public double? GenerationTps
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Output tokens of all streams per second of the whole benchmark, prefill included.</summary>
    public double? OutputTps
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Tokens in and out per second of the whole benchmark.</summary>
    public double? TotalTps
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>The best second of the benchmark.</summary>
    public double? PeakOutputTps
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>The standard deviation that goes with the rate, in tokens per second.</summary>
    public double? SpreadTps
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>The rate of each repetition, in the order run; empty where the tool does not keep them.</summary>
    public IReadOnlyList<double> Samples
    {
        get;
        init => field = [.. value.Where(sample => JsonValues.Measured(sample) is not null)];
    } = [];

    /// <summary>Requests in all, failures included.</summary>
    public double? Requests
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Requests that failed or were cut short.</summary>
    public double? Failed
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Requests that failed, as a share of all, 0 to 1, where the tool gives no counts.</summary>
    public double? FailedShare
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Whether the tool counts it as a success; absent where it does not say.</summary>
    public bool? Succeeded { get; init; }

    /// <summary>The error in the tool's words; an untrusted string, never markup.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the server says that it cut the context.</summary>
    public bool? Truncated { get; init; }

    /// <summary>Concurrent streams; absent where unknown.</summary>
    public double? Concurrency
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>Whether a draft proposed tokens, so that one reading of the weights gives several; absent where the tool does not
    /// say.</summary>
    public bool? IsSpeculative { get; init; }

    /// <summary>Bytes of the weights.</summary>
    public double? WeightBytes
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>When it began, on any clock that all records of the file share, in seconds.</summary>
    public double? StartedSeconds
    {
        get;
        init => field = JsonValues.Measured(value);
    }

    /// <summary>The record's main rate: that of its repetitions where it has them.</summary>
    internal double? Rate => PrefillTps ?? GenerationTps ?? TotalTps;

    /// <summary>The context that the test is about: the requested prompt tokens, or the counted ones.</summary>
    internal double? ContextTokens => PromptTokensAsked ?? PromptTokens;

    /// <summary>Its name in sentences.</summary>
    internal string Name =>
        Test is null ? FormattableString.Invariant($"record {Number}") : FormattableString.Invariant($"record {Number} ({Test})");
}
