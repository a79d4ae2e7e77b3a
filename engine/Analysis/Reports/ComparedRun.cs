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
    private readonly long _startedTicks;

    public ComparedRun(RunReport report)
    {
        _startedTicks = report.Manifest.StartedUtc.UtcTicks;
        _trials = report.TrialsByNumber.ToDictionary(entry => entry.Key, entry => entry.Value.Trial);
        // A plan has one number of output tokens; of a file with two, the first counts.
        Contexts = report.Contexts.GroupBy(
            context => new ComparedKey(context.Method, context.Label & ~TrialFlags.Emulated, context.Concurrency, context.ContextTokens))
            .ToDictionary(same => same.Key, same => same.First());
    }

    public IReadOnlyDictionary<ComparedKey, ContextSummary> Contexts { get; }

    public MetricSummary? GetMetric(ComparedQuantity quantity, ComparedKey key) => quantity switch
    {
        ComparedQuantity.PrefillTps => Contexts[key].PrefillTps,
        ComparedQuantity.GenerationTps => Contexts[key].GenerationTps,
        _ => Contexts[key].TtftSeconds,
    };

    /// <summary>Whether the trials of two metrics alternated in time by the runs' wall clocks: between two trials of one run there is a
    /// trial of the other.</summary>
    public bool IsInterleavedWith(ComparedRun other, MetricSummary own, MetricSummary others)
    {
        var times = own.Trials.Select(number => (At: SentAt(number), Mine: true))
            .Concat(others.Trials.Select(number => (At: other.SentAt(number), Mine: false))).ToList();
        if (own.Trials.Count < 2 || own.Trials.Count != others.Trials.Count || times.Any(time => time.At is null))
            return false;
        var turns = times.OrderBy(time => time.At).Select(time => time.Mine).ToList();
        // Each pair of neighbours has one trial of each run, in either order.
        return Enumerable.Range(0, own.Trials.Count).All(pair => turns[2 * pair] != turns[2 * pair + 1]);
    }

    /// <summary>The values of both runs in the order of time, to be paired by position.</summary>
    public (double[] A, double[] B) PairByTime(ComparedRun other, MetricSummary own, MetricSummary others) =>
        (ValuesInTimeOrder(own), other.ValuesInTimeOrder(others));

    private double[] ValuesInTimeOrder(MetricSummary figure) =>
        [.. figure.Trials.Zip(figure.Values).OrderBy(entry => SentAt(entry.First)).Select(entry => entry.Second)];

    // In ticks of the wall clock. A file may contain any number, so 64 bits may not be enough.
    private Int128? SentAt(int number) => _trials[number].Client.Sent is { } sent ? (Int128)_startedTicks + sent.Nanoseconds / 100 : null;
}
