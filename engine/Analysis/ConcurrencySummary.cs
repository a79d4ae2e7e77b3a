using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>
/// The combined result of concurrent streams, one repetition at one context. Its rates use the client's clock, the only one that the
/// streams share: all tokens, divided by the time in which any stream was active.
/// </summary>
public sealed record ConcurrencySummary
{
    /// <summary>The context of each stream, in tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Concurrent streams.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Which repetition, from 1.</summary>
    public required int Repetition { get; init; }

    /// <summary>Numbers of the trials, one for each stream.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>How many of them completed. The values below are absent unless all did: a failed stream leaves more of the machine to the
    /// others.</summary>
    public required int Completed { get; init; }

    /// <summary>Output tokens of all streams in a second, from the first content of any to the last of all.</summary>
    public double? GenerationTps { get; init; }

    /// <summary>Tokens in and out of all streams in a second, from the first request to the end of the last answer.</summary>
    public double? TotalTps { get; init; }

    /// <summary>
    /// The longest time that a stream waited in the queue, in seconds: as the target reports it, otherwise TTFT less the reported load and
    /// prefill; null where the target reports neither.
    /// </summary>
    public double? LongestQueueSeconds { get; init; }

    /// <summary>The longest TTFT of a stream, in seconds.</summary>
    public double? LongestTtftSeconds { get; init; }

    /// <summary>
    /// Fairness between the streams, by Jain's index over the time from request to end (Jain, Chiu, Hawe 1984: (Σx)² / (n·Σx²)): 1 where
    /// all were served equally, 1/n where one was served and the others waited.
    /// </summary>
    public double? Fairness { get; init; }

    /// <summary>The groups of streams in a run, smallest context and fewest streams first; none where every trial ran alone.</summary>
    public static IReadOnlyList<ConcurrencySummary> Summarize(IReadOnlyList<Trial> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return [.. trials
            .Where(trial => trial.Concurrency > 1 && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => (trial.ContextTokens, trial.Concurrency, trial.Repetition))
            .OrderBy(group => group.Key)
            .Select(group => Summarize(group.Key.ContextTokens, group.Key.Concurrency, group.Key.Repetition, [.. group]))];
    }

    private static ConcurrencySummary Summarize(int context, int concurrency, int repetition, IReadOnlyList<Trial> streams)
    {
        // A resumed run may contain a stream twice, the first time cancelled; the last entry counts.
        var last = streams.GroupBy(trial => trial.Stream).Select(same => same.Last()).ToList();
        var completed = last.Count(trial => trial.Outcome.IsCompleted);
        var summary = new ConcurrencySummary
        {
            ContextTokens = context,
            Concurrency = concurrency,
            Repetition = repetition,
            Trials = [.. last.Select(trial => trial.Number)],
            Completed = completed,
        };
        if (completed < concurrency
            || last.Any(
                trial =>
                    trial.Client is not { Sent: not null, TimeToFirstToken: not null, TimeToLastToken: not null, TimeToEnd: not null }))
            return summary;
        var sent = last.Min(trial => trial.Client.Sent!.Value);
        var ended = last.Max(trial => ToInstant(trial, trial.Client.TimeToEnd));
        var firstToken = last.Min(trial => ToInstant(trial, trial.Client.TimeToFirstToken));
        var lastToken = last.Max(trial => ToInstant(trial, trial.Client.TimeToLastToken));
        var served = last.Select(trial => 1 / trial.Client.TimeToEnd!.Value.TotalSeconds).ToList();
        return summary with
        {
            GenerationTps = Rate(Sum(last, trial => trial.OutputTokens), lastToken.Since(firstToken)),
            TotalTps = Rate(Sum(last, trial => trial.OutputTokens + trial.CountedPromptTokens), ended.Since(sent)),
            LongestQueueSeconds = last.All(trial => QueueTime(trial) is not null)
                ? last.Max(trial => QueueTime(trial)!.Value.TotalSeconds)
                : null,
            LongestTtftSeconds = last.Max(trial => trial.Client.TimeToFirstToken!.Value.TotalSeconds),
            Fairness = Math.Pow(served.Sum(), 2) / (served.Count * served.Sum(rate => rate * rate)),
        };
    }

    private static TimeSpan? QueueTime(Trial trial) => trial.Server.Queue
        ?? (trial.Client.TimeToFirstToken - trial.Server.Prefill - (trial.Server.Load ?? TimeSpan.Zero)
                - (trial.Server.Tokenization ?? TimeSpan.Zero) is { } waited
            ? TimeSpan.FromTicks(Math.Max(0, waited.Ticks))
            : null);

    private static Instant ToInstant(Trial trial, TimeSpan? span) => trial.Client.Sent!.Value.Plus(span!.Value);

    // One unknown count makes the sum unknown.
    private static long? Sum(IReadOnlyList<Trial> trials, Func<Trial, int?> count) =>
        trials.All(trial => count(trial) is not null) ? trials.Sum(trial => (long)count(trial)!.Value) : null;

    private static double? Rate(long? tokens, TimeSpan time) =>
        tokens > 0 && time > TimeSpan.Zero ? tokens.Value / time.TotalSeconds : null;
}
