using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>A trial that is excluded from all metrics, and why.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Reason">The reason.</param>
public sealed record ExcludedTrial(int Trial, ExclusionReason Reason);

/// <summary>
/// The repetitions of one context, without warm-ups. Failed and doubtful trials are counted and listed, and excluded from all metrics; each
/// metric rests on the trials that have its value.
/// </summary>
public sealed record ContextSummary
{
    /// <summary>Flags of differences that make another setting: trials that differ in them are never summarized together.</summary>
    internal const TrialFlags LabelFlags = TrialFlags.WarmPrefix | TrialFlags.Emulated | TrialFlags.Speculative;

    /// <summary>Requested prompt tokens (N).</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Concurrent streams.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Requested output tokens.</summary>
    public required int OutputTokensAsked { get; init; }

    /// <summary><see cref="TrialFlags.WarmPrefix"/>, <see cref="TrialFlags.Emulated"/> and <see cref="TrialFlags.Speculative"/> where the
    /// trials are of that kind; else none.</summary>
    public TrialFlags Label { get; init; }

    /// <summary>How the context was reached.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>All measured trials, failures included.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>How many of them completed.</summary>
    public required int Completed { get; init; }

    /// <summary>Trials that failed or are doubtful.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("left_out")]
    public required IReadOnlyList<ExcludedTrial> Excluded { get; init; }

    /// <summary>Trials that other work on the machine disturbed, with the other streams of their step. A metric leaves them out where
    /// enough others remain (<see cref="MetricSummary.LeavesOutDisturbed"/>).</summary>
    [System.Text.Json.Serialization.JsonPropertyName("disturbed")]
    public IReadOnlyList<int> TrialsWithInterference { get; init; } = [];

    /// <summary>Those of <see cref="TrialsWithInterference"/> that no metric but that of the load includes, because the undisturbed
    /// trials are enough; failed and doubtful ones are not among them.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("disturbed_left_out")]
    public IReadOnlyList<int> DisturbedLeftOut { get; init; } = [];

    /// <summary>Seconds of loading.</summary>
    public MetricSummary? LoadSeconds { get; init; }

    /// <summary>Seconds to the first token.</summary>
    public MetricSummary? TtftSeconds { get; init; }

    /// <summary>The steps of TTFT, of the trial with the median TTFT, or the mean of the two in the middle; absent where no trial has
    /// them.</summary>
    public TtftSplit? TtftSplit { get; init; }

    /// <summary>How many of the trials of <see cref="TtftSeconds"/> have steps.</summary>
    internal int SplitTrials { get; init; }

    /// <summary>Seconds of prefill, of trials with a prefill rate.</summary>
    public MetricSummary? PrefillSeconds { get; init; }

    /// <summary>Seconds of generation, of trials with a generation rate.</summary>
    public MetricSummary? GenerationSeconds { get; init; }

    /// <summary>Prefill TPS.</summary>
    public MetricSummary? PrefillTps { get; init; }

    /// <summary>Prefill TPS of the last batch alone, of trials with synthetic depth.</summary>
    public MetricSummary? PrefillAtDepthTps { get; init; }

    /// <summary>Generation TPS.</summary>
    public MetricSummary? GenerationTps { get; init; }

    /// <summary>Generation TPS with the trials that failed but still generated; absent where nothing was generated.</summary>
    internal GenerationReach? Reach { get; init; }

    /// <summary>Blended TPS.</summary>
    public MetricSummary? BlendedTps { get; init; }

    /// <summary>Prefill's share of the time of prefill and generation, 0 to 1.</summary>
    public MetricSummary? PrefillShare { get; init; }

    /// <summary>Times between tokens; absent where the run's marks do not time single tokens.</summary>
    public InterTokenTimes? InterToken { get; init; }

    /// <summary>The trials with a generation rate but without times between tokens, and why.</summary>
    internal IReadOnlyList<ExcludedTrial> NotTimed { get; init; } = [];

    /// <summary>The level that the context belongs to.</summary>
    internal LevelKey Level => new(Method, Label, Concurrency, OutputTokensAsked);

    /// <summary>One observation for each step of a metric, in the order run.</summary>
    internal IReadOnlyList<Observation> Observe(MetricSummary metric) =>
        [.. metric.Steps.Select(step => new Observation(step.Value, step.Trials.Any(TrialsWithInterference.Contains), step.Trials[0]))];

    /// <summary>Summarizes trials with the same settings; ordered by method, label, concurrency, output and context.</summary>
    /// <param name="views">The trials.</param>
    /// <param name="marks">Stream marks by trial number; null where they were not read.</param>
    /// <param name="rules">When a time between tokens is a stall; null for the default.</param>
    internal static IReadOnlyList<ContextSummary> Summarize(IEnumerable<TrialView> views,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>>? marks = null, SpreadRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(views);
        return [.. views
            .Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(
                view => (view.Trial.Method, Label: view.Trial.Flags & LabelFlags, view.Trial.Concurrency, view.Trial.OutputTokensAsked,
                    view.Trial.ContextTokens))
            .OrderBy(group => group.Key)
            .Select(group => Summarize(group.Key.Label, [.. group], marks, rules ?? new SpreadRules()))];
    }

    private static ContextSummary Summarize(TrialFlags label, IReadOnlyList<TrialView> all,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>>? marks, SpreadRules rules)
    {
        var used = all.Where(view => FindExclusion(view) is null).ToList();
        var first = all[0].Trial;
        MetricSummary? Metric(Func<TrialView, double?> value) => MetricSummary.Summarize(used, value, rules);
        var summary = new ContextSummary
        {
            ContextTokens = first.ContextTokens,
            Concurrency = first.Concurrency,
            OutputTokensAsked = first.OutputTokensAsked,
            Label = label,
            Method = first.Method,
            Trials = [.. all.Select(view => view.Trial.Number)],
            Completed = all.Count(view => view.Trial.Outcome.IsCompleted),
            Excluded = [
                .. all.Select(view => FindExclusion(view) is { } reason ? new ExcludedTrial(view.Trial.Number, reason) : null)
                    .OfType<ExcludedTrial>()],
            TrialsWithInterference = [.. all.Where(view => IsDisturbed(view, all)).Select(view => view.Trial.Number)],
            LoadSeconds = Metric(view => view.Trial.Client.Load?.TotalSeconds),
            TtftSeconds = Metric(view => view.Has<Buffered>() ? null : view.Ttft?.TotalSeconds),
            PrefillSeconds = Metric(view => view.PrefillRate is null ? null : view.Prefill?.Duration.TotalSeconds),
            GenerationSeconds = Metric(view => view.GenerationRate is null ? null : view.Generation?.Duration.TotalSeconds),
            PrefillTps = Metric(view => view.PrefillRate?.PerSecond),
            PrefillAtDepthTps = Metric(view => view.PrefillRateAtDepth?.PerSecond),
            GenerationTps = Metric(view => view.GenerationRate?.PerSecond),
            Reach = GenerationReach.Compute([.. all.Where(view => !view.Doubts.Any(doubt => Excludes(doubt, view.Trial)))]),
            BlendedTps = Metric(view => view.BlendedRate?.PerSecond),
            PrefillShare = Metric(view => view.PrefillShare),
        };
        bool IsIn(MetricSummary? metric, TrialView view) => metric?.Trials.Contains(view.Trial.Number) == true;
        var timed = used.Where(view => IsIn(summary.GenerationTps, view)).Select(view => view.Trial).ToList();
        var splits = used.Where(view => IsIn(summary.TtftSeconds, view)).Select(view => view.TtftSplit).OfType<TtftSplit>().ToList();
        return summary with
        {
            DisturbedLeftOut = [.. summary.MetricsOfRequests().SelectMany(metric => metric.Disturbed).Distinct().Order()
                .Where(number => !summary.MetricsOfRequests().Any(metric => metric.Trials.Contains(number)))],
            TtftSplit = TtftSplit.Median(splits),
            SplitTrials = splits.Count,
            InterToken = marks is null ? null : InterTokenTimes.Compute(timed, marks, rules),
            NotTimed = marks is null ? [] : InterTokenTimes.FindNotTimed(timed, marks),
        };
    }

    // What disturbs one stream of a step disturbs the others, too, and a metric leaves them out together.
    private static bool IsDisturbed(TrialView view, IReadOnlyList<TrialView> all) => view.Has<Interference>()
        || view.Trial.Concurrency > 1 && all.Any(other => other.Trial.Repetition == view.Trial.Repetition && other.Has<Interference>());

    // A load is before the request: where only disturbed trials have one, they are still left out of what is shown of requests.
    private IEnumerable<MetricSummary> MetricsOfRequests() => new[]
    {
        TtftSeconds, PrefillSeconds, GenerationSeconds, PrefillTps, PrefillAtDepthTps, GenerationTps, BlendedTps, PrefillShare,
    }.OfType<MetricSummary>();

    private static ExclusionReason? FindExclusion(TrialView view)
    {
        if (!view.Trial.Outcome.IsCompleted)
            return new NotCompleted(view.Trial.Outcome.Kind);
        return view.Doubts.Where(doubt => Excludes(doubt, view.Trial)).ToList() is { Count: > 0 } doubts ? new Doubted(doubts) : null;
    }

    private static bool Excludes(Doubt doubt, Trial trial) => doubt switch
    {
        CacheHit or SuspectedCacheHit or ColdPrefix or ClocksDisagree or Reloaded or ExcessReuse or Superseded => true,
        // Rates that the target reports rest on no arrival.
        Buffered { HasReportedRates: var hasRates } => !hasRates,
        // Concurrent streams wait for each other; a single stream waits only for other clients.
        Queued => trial.Concurrency == 1,
        _ => false,
    };
}
