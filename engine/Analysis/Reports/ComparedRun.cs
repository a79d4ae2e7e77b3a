using MemoryWall.Analysis.Comparisons;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Reports;

/// <summary>The properties that two summaries must share to be comparable.</summary>
internal readonly record struct ComparedKey(SweepMethod Method, TrialFlags Label, int Concurrency, int ContextTokens)
    : IComparable<ComparedKey>
{
    public int CompareTo(ComparedKey other) =>
        (Method, Label, Concurrency, ContextTokens).CompareTo((other.Method, other.Label, other.Concurrency, other.ContextTokens));
}

/// <summary>One side of a comparison.</summary>
internal sealed class ComparedRun
{
    private readonly Dictionary<int, Trial> _trials;

    public ComparedRun(RunReport report)
    {
        Report = report;
        _trials = report.TrialsByNumber.ToDictionary(entry => entry.Key, entry => entry.Value.Trial);
        // A plan has one number of output tokens; of a file with two, the first counts.
        Contexts = report.Contexts.GroupBy(
            context => new ComparedKey(context.Method, context.Label & ~TrialFlags.Emulated, context.Concurrency, context.ContextTokens))
            .ToDictionary(same => same.Key, same => same.First());
    }

    public RunReport Report { get; }

    public IReadOnlyDictionary<ComparedKey, ContextSummary> Contexts { get; }

    /// <summary>The summary of a context, that with most trials where a run measured it in several ways; null where it has none.</summary>
    /// <param name="tokens">The context.</param>
    /// <param name="method">Only this method; null for any.</param>
    public ContextSummary? FindContext(int tokens, SweepMethod? method = null) =>
        Contexts.Values.Where(context => context.ContextTokens == tokens && (method is null || context.Method == method))
            .MaxBy(context => context.Trials.Count);

    public MetricSummary? GetMetric(ComparedQuantity quantity, ComparedKey key) => quantity switch
    {
        ComparedQuantity.PrefillTps => Contexts[key].PrefillTps,
        ComparedQuantity.GenerationTps => Contexts[key].GenerationTps,
        _ => Contexts[key].TtftSeconds,
    };

    /// <summary>One observation for each step of a metric. They have a place in time only where the other run was on the same machine:
    /// two machines that measure at the same time do not take turns.</summary>
    public IReadOnlyList<Observation> Observe(ContextSummary context, MetricSummary metric, ComparedRun other)
    {
        var isOneMachine = RunDifferences.AreOnOneMachine(Report.Manifest, other.Report.Manifest);
        return [.. metric.Steps.Select(step => new Observation(step.Value, step.Trials.Any(context.TrialsWithInterference.Contains),
            isOneMachine ? SentAt(step) : null))];
    }

    // The first of the streams.
    private Int128? SentAt(StepValue step)
    {
        var sent = step.Trials.Select(number => Report.Manifest.WallTicksOf(_trials[number].Client.Sent)).ToList();
        return sent.All(at => at is not null) ? sent.Min() : null;
    }
}
