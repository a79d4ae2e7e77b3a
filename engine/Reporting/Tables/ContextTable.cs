using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>The contexts of a run over their repetitions: what the table of trials does not contain.</summary>
internal static class ContextTable
{
    /// <summary>What the brackets of <see cref="Create"/> mean.</summary>
    public const string Legend = "Medians over repetitions with 95% confidence intervals (94% from 5 trials). [..] is the range of fewer "
        + "than 5 trials. ! marks outliers, which are included.";

    private static readonly TableColumn<ContextSummary>[] s_medians =
    [
        new("context", FormatContext),
        new("trials used", context => $"{NumberFormat.Tokens(context.Trials.Count - context.Excluded.Count)}/"
            + NumberFormat.Tokens(context.Trials.Count) + FormatInterference(context),
            IsNumber: false),
        new("TTFT", context => FormatMetric(context.TtftSeconds, seconds => NumberFormat.Duration(seconds))),
        new("prefill t/s", context => FormatMetric(context.PrefillTps, rate => NumberFormat.RateNumber(rate))),
        new("generation t/s", context => FormatMetric(context.GenerationTps, rate => NumberFormat.RateNumber(rate))),
    ];

    private static readonly TableColumn<ContextSummary>[] s_interTokenTimes =
    [
        new("context", context => FormatContext(context) + FormatInterference(context)),
        new("ITL p50", context => NumberFormat.Duration(context.InterToken?.P50Seconds)),
        new("p90", context => NumberFormat.Duration(context.InterToken?.P90Seconds)),
        new("p99", context => NumberFormat.Duration(context.InterToken?.P99Seconds)),
        new("jitter", context => NumberFormat.Duration(context.InterToken?.JitterSeconds)),
        new("stalls", context => context.InterToken is { } times ? NumberFormat.Tokens(times.Stalls.Count) : NumberFormat.Absent),
    ];

    /// <summary>Medians with their intervals; null where no context has several trials.</summary>
    public static TextTable? Create(IReadOnlyList<ContextSummary> contexts) =>
        contexts.Any(context => context.Trials.Count > 1) ? s_medians.ToTable(contexts) : null;

    /// <summary>Inter-token latencies (ITL), a dash where tokens came several at a time; null where no single tokens were timed.</summary>
    public static TextTable? CreateInterTokenTimes(IReadOnlyList<ContextSummary> contexts) =>
        contexts.Any(context => context.InterToken is not null)
            ? s_interTokenTimes.ToTable([.. contexts.Where(context => context.InterToken is not null || context.NotTimed.Count > 0)])
            : null;

    internal static string FormatContext(ContextSummary context)
    {
        var method = context.Method == SweepMethod.Cold ? "" : " " + context.Method.Label();
        var label = string.Concat(context.Label.Labels().Select(name => " " + name));
        return NumberFormat.Tokens(context.ContextTokens) + (context.Concurrency > 1 ? $" × {context.Concurrency}" : "") + method + label;
    }

    private static string FormatInterference(ContextSummary context) =>
        RateCells.FormatInterference(context.TrialsWithInterference.Count, context.DisturbedLeftOut.Count);

    private static string FormatMetric(MetricSummary? metric, Func<double, string> format) => metric is null
        ? NumberFormat.Absent
        : $"{format(metric.Median)} {EstimateFormat.Interval(metric.Estimate, format)}".TrimEnd() + (metric.Outliers.Count > 0 ? "!" : "");
}
