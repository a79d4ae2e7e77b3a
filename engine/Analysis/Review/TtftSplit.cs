using System.Text.Json.Serialization;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// The steps of a TTFT. What client and server report is theirs; <see cref="Orchestration"/> is the rest, so that the steps always add
/// up to <see cref="Total"/>. Where clocks round the rest would be below 0: it is 0 then, and prefill is shorter by
/// <see cref="ClockRounding"/>.
/// </summary>
public sealed record TtftSplit
{
    /// <summary>TTFT.</summary>
    [JsonPropertyName("total_seconds")]
    public required TimeSpan Total { get; init; }

    /// <summary>Handing the request to the socket; absent where the client did not store it, and then part of
    /// <see cref="Orchestration"/>.</summary>
    [JsonPropertyName("sending_seconds")]
    public TimeSpan? Sending { get; init; }

    /// <summary>Waiting for other requests; absent where the server does not report it, and then part of
    /// <see cref="Orchestration"/>.</summary>
    [JsonPropertyName("queue_seconds")]
    public TimeSpan? Queue { get; init; }

    /// <summary>Loading within the request: the model, a kept KV cache, or cells without computing them. Absent where the server reports
    /// none.</summary>
    [JsonPropertyName("loading_seconds")]
    public TimeSpan? Loading { get; init; }

    /// <summary>Converting the text to tokens; absent where the server does not report it, and then part of
    /// <see cref="Orchestration"/>.</summary>
    [JsonPropertyName("tokenization_seconds")]
    public TimeSpan? Tokenization { get; init; }

    /// <summary>TTFT less everything that is reported: receiving and reading the request, scheduling, the delivery of the first token, and
    /// what is absent here.</summary>
    [JsonPropertyName("orchestration_seconds")]
    public required TimeSpan Orchestration { get; init; }

    /// <summary>Computing the prompt.</summary>
    [JsonPropertyName("prefill_seconds")]
    public required TimeSpan Prefill { get; init; }

    /// <summary>From the end of prefill to the first token of the answer: sampling where the server reports it, and reasoning before the
    /// answer. Absent where neither is known, and then part of <see cref="Orchestration"/>.</summary>
    [JsonPropertyName("first_token_seconds")]
    public TimeSpan? FirstToken { get; init; }

    /// <summary>By how much the reported steps were longer than TTFT; 0 for the usual case.</summary>
    [JsonPropertyName("clock_rounding_seconds")]
    public TimeSpan ClockRounding { get; init; }

    /// <summary>Everything before prefill that is neither sending, waiting nor loading.</summary>
    [JsonPropertyName("preparation_seconds")]
    public TimeSpan Preparation => (Tokenization ?? default) + Orchestration;

    /// <summary>The split of a trial; null where it has no TTFT, the server does not report its prefill, or the reported steps are longer
    /// than TTFT by more than rounding.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="ttft">Its TTFT.</param>
    /// <param name="rules">What counts as rounding.</param>
    internal static TtftSplit? Compute(Trial trial, TimeSpan? ttft, TrialRules rules)
    {
        if (ttft is not { Ticks: >= 0 } total || (trial.Server.Prefill ?? trial.Native.Prefill) is not { Ticks: >= 0 } prefill
            || HasOneArrival(trial, rules))
            return null;
        var reported = new TtftSplit
        {
            Total = total,
            Sending = trial.Client.TimeToRequestSent,
            Queue = trial.Server.Queue,
            Loading = Add(Add(trial.Server.Load, trial.Server.SkippedPrefill), trial.KvRestore),
            Tokenization = trial.Server.Tokenization,
            Orchestration = TimeSpan.Zero,
            Prefill = prefill,
            // Reasoning comes after prefill too.
            FirstToken = Add(trial.Server.FirstToken, trial.Client.TimeToFirstReasoning is { Ticks: >= 0 } reasoning && reasoning < total
                ? total - reasoning
                : null),
        };
        // A file may contain any number: what cannot be a duration has no split, and 64 bits may not hold the sum.
        TimeSpan?[] steps = [reported.Sending, reported.Queue, reported.Loading, reported.Tokenization, prefill, reported.FirstToken];
        if (steps.Any(step => step < TimeSpan.Zero))
            return null;
        var rest = total.Ticks - steps.Aggregate((Int128)0, (sum, step) => sum + (step?.Ticks ?? 0));
        if (rest >= 0)
            return reported with { Orchestration = new TimeSpan((long)rest) };
        var tolerance = rules.ExcessTolerance + total * rules.ExcessToleranceShare;
        return -rest > tolerance.Ticks || -rest > prefill.Ticks
            ? null
            : reported with { Prefill = prefill - new TimeSpan((long)-rest), ClockRounding = new TimeSpan((long)-rest) };
    }

    /// <summary>The middle of splits by TTFT: the one in the middle, or the mean of the two there, so that its steps add up to the median
    /// TTFT. Null for none.</summary>
    internal static TtftSplit? Median(IEnumerable<TtftSplit> splits)
    {
        var ordered = splits.OrderBy(split => split.Total).ToList();
        if (ordered.Count == 0)
            return null;
        var (low, high) = (ordered[(ordered.Count - 1) / 2], ordered[ordered.Count / 2]);
        return low == high ? low : Mean(low, high);
    }

    // Prefill is what the others leave, so that a half of a tick is nowhere lost.
    private static TtftSplit Mean(TtftSplit one, TtftSplit other)
    {
        var mean = new TtftSplit
        {
            Total = Mean(one.Total, other.Total),
            Sending = MeanOfBoth(one.Sending, other.Sending),
            Queue = MeanOfBoth(one.Queue, other.Queue),
            Loading = MeanOfBoth(one.Loading, other.Loading),
            Tokenization = MeanOfBoth(one.Tokenization, other.Tokenization),
            Orchestration = Mean(one.Orchestration + one.StepsWithout(other), other.Orchestration + other.StepsWithout(one)),
            Prefill = TimeSpan.Zero,
            FirstToken = MeanOfBoth(one.FirstToken, other.FirstToken),
            ClockRounding = Mean(one.ClockRounding, other.ClockRounding),
        };
        TimeSpan?[] others = [mean.Sending, mean.Queue, mean.Loading, mean.Tokenization, mean.Orchestration, mean.FirstToken];
        return mean with { Prefill = others.Aggregate(mean.Total, (left, step) => left - (step ?? TimeSpan.Zero)) };
    }

    private static TimeSpan Mean(TimeSpan one, TimeSpan other) => one / 2 + other / 2;

    // An absent step is not 0: it is in the rest of its trial, so that of the other belongs there, too.
    private static TimeSpan? MeanOfBoth(TimeSpan? one, TimeSpan? other) =>
        one is null || other is null ? null : Mean(one.Value, other.Value);

    private TimeSpan StepsWithout(TtftSplit other)
    {
        (TimeSpan? Own, TimeSpan? Other)[] steps = [(Sending, other.Sending), (Queue, other.Queue), (Loading, other.Loading),
            (Tokenization, other.Tokenization), (FirstToken, other.FirstToken)];
        return steps.Where(step => step.Other is null).Aggregate(TimeSpan.Zero, (sum, step) => sum + (step.Own ?? TimeSpan.Zero));
    }

    private static TimeSpan? Add(TimeSpan? one, TimeSpan? other) => (one, other) switch
    {
        (null, _) => other,
        (_, null) => one,
        _ => TimeSpan.FromTicks((long)Int128.Clamp((Int128)one.Value.Ticks + other.Value.Ticks, long.MinValue, long.MaxValue)),
    };

    // An answer that came all at once has the time of its generation before its first token.
    private static bool HasOneArrival(Trial trial, TrialRules rules) =>
        trial.Arrivals == 1 && Math.Max(trial.OutputTokens ?? 0, trial.Chunks) >= rules.MinBufferedTokens;
}
