using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The steps of TTFT in words.</summary>
internal static class TtftPhrases
{
    /// <summary>What the steps are, under a table or a figure of them.</summary>
    public const string Legend = "Steps of the median TTFT. Orchestration is TTFT less all others: reading the request, scheduling, the "
        + $"delivery of the first token, and what the server does not report ({NumberFormat.Absent}).";

    /// <summary>A large part of TTFT before prefill.</summary>
    public static string Format(OrchestrationVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var contexts = WordFormat.List(verdict.Contexts.Select(context =>
            $"{NumberFormat.Percent(context.Share)} at {NumberFormat.Context(context.ContextTokens)} "
            + $"({NumberFormat.Duration(context.Split.Preparation)}{FormatTokenization(context.Split)})"));
        var source = verdict.IsTokenizationReported
            ? "Tokenization and orchestration"
            : "Orchestration, TTFT less what the server reports,";
        return $"{source} before prefill take{(verdict.IsTokenizationReported ? "" : "s")} a large part of TTFT: {contexts}.";
    }

    /// <summary>How the reported steps contradict TTFT by rounding; null where they do not.</summary>
    public static string? DescribeRounding(IEnumerable<TtftSplit> splits) =>
        splits.Select(split => split.ClockRounding).DefaultIfEmpty().Max() is { Ticks: > 0 } largest
            ? $"Clocks round: the reported steps were longer than TTFT by up to {NumberFormat.Duration(largest)}, which is taken from "
                + "prefill."
            : null;

    /// <summary>The contexts where some trials have a TTFT but no steps, so that the shown TTFT is not that of all; null for
    /// none.</summary>
    public static string? DescribeMissing(IEnumerable<ContextSummary> contexts)
    {
        var some = contexts.Where(context => context is { TtftSplit: not null, TtftSeconds: { } ttft }
            && context.SplitTrials < ttft.Trials.Count).ToList();
        return some.Count == 0
            ? null
            : "Trials without steps are left out: " + WordFormat.List(some.Select(context =>
                $"at {NumberFormat.Context(context.ContextTokens)} TTFT and its steps are those of "
                + $"{NumberFormat.Tokens(context.SplitTrials)} of {WordFormat.Count(context.TtftSeconds!.Trials.Count, "trial")}")) + ".";
    }

    private static string FormatTokenization(TtftSplit split) =>
        split.Tokenization is { } tokenization ? $", {NumberFormat.Duration(tokenization)} of it tokenization" : "";
}
