using MemoryWall.Analysis;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for streams that ran at the same time.</summary>
internal static class ConcurrencyPhrases
{
    public static string Format(ConcurrencySummary streams)
    {
        string?[] parts =
        [
            streams.GenerationTps is { } generation ? $"{NumberFormat.Rate(generation)} of answers in total" : null,
            streams.TotalTps is { } total ? $"{NumberFormat.Rate(total)} of prompts and answers" : null,
            streams.LongestTtftSeconds is { } ttft ? $"longest TTFT {NumberFormat.Duration(ttft)}" : null,
            streams.LongestQueueSeconds is { } queue ? $"longest queue time {NumberFormat.Duration(queue)}" : null,
            streams.Fairness is { } fairness ? $"fairness {NumberFormat.Ratio(fairness)}" : null,
            streams.Completed < streams.Concurrency ? $"only {streams.Completed} completed" : null,
        ];
        return $"{streams.Concurrency} streams at {NumberFormat.Tokens(streams.ContextTokens)} tokens: "
            + string.Join(", ", parts.OfType<string>());
    }
}
