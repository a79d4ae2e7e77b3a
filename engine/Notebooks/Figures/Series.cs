using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using Quantity = MemoryWall.Analysis.MetricSummary;

namespace MemoryWall.Notebooks.Figures;

/// <summary>One level of one run: its contexts, and what failed.</summary>
internal sealed record Series(string Name, ChartColor Color, Symbol Sign, Run Run, IReadOnlyList<ContextSummary> Contexts,
    IReadOnlyList<TrialView> FailedTrials)
{
    /// <summary>Every level of every run, each with a colour and a sign of its own.</summary>
    public static IReadOnlyList<Series> CreateAll(IReadOnlyList<Run> runs)
    {
        if (runs.Count == 0)
            throw new ArgumentException("a figure needs a run; none was given", nameof(runs));
        var all = new List<Series>();
        foreach (var (run, label) in runs.Zip(RunLabels.Create(runs)))
        {
            var analysis = Runs.Analysis(run);
            var levels = analysis.Contexts.GroupBy(
                context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked)).ToList();
            foreach (var level in levels)
            {
                var name = levels.Count == 1
                    ? label
                    : $"{label}, {DescribeLevel(level.Key.Method, level.Key.Label, level.Key.Concurrency, level.Key.OutputTokensAsked)}";
                all.Add(new Series(name, Theme.SeriesColor(all.Count), Theme.SeriesSymbol(all.Count), run, [.. level],
                    [.. analysis.Trials.Where(view => IsFailure(view.Trial) && BelongsTo(view.Trial, level.First()))]));
            }
        }
        return all;
    }

    /// <summary>The level of a run with the most contexts, for figures that have room for one.</summary>
    public static Series CreateMain(Run run)
    {
        var levels = CreateAll([run]);
        // Nothing that was measured: the run's name and what failed is all there is.
        return levels.MaxBy(level => level.Contexts.Count) is { } most
            ? most with { OtherLevels = [.. levels.Where(level => level != most).Select(level => level.Name)] }
            : new Series(RunLabels.Create(run), Theme.SeriesColor(0), Theme.SeriesSymbol(0), run, [], []);
    }

    /// <summary>Levels of the same run that are not in this series.</summary>
    public IReadOnlyList<string> OtherLevels { get; private init; } = [];

    /// <summary>Contexts of all series, and of what failed.</summary>
    public static IEnumerable<double> GetAllContexts(IReadOnlyList<Series> all) =>
        all.SelectMany(
            series => series.Contexts.Select(context => (double)context.ContextTokens)
                .Concat(series.FailedTrials.Select(view => (double)view.Trial.ContextTokens)));

    /// <summary>The line of a quantity through its medians, and the band of its interval.</summary>
    public IEnumerable<Mark> CreateMedianMarks(Func<ContextSummary, Quantity?> quantity, Func<double, string> format)
    {
        var known = Contexts.Where(context => quantity(context) is not null).ToList();
        var ranges = known.Where(context => quantity(context)!.Estimate.Interval is not null)
            .Select(context => new ChartRange(context.ContextTokens, quantity(context)!.Estimate.Interval!.Value.Low,
                quantity(context)!.Estimate.Interval!.Value.High)).ToList();
        if (ranges.Count > 1)
            yield return new Band(Name, Color, ranges, IsInterval: true);
        if (known.Count > 0)
            yield return new Line(Name, Color,
                [.. known.Select(
                    context => new ChartPoint(context.ContextTokens, quantity(context)!.Median,
                        $"{format(quantity(context)!.Median)} at {NumberFormat.Context(context.ContextTokens)}, {context.Completion}"))],
                        Symbol: Sign);
    }

    /// <summary>Crosses at the contexts where trials failed; the first of a kind says what happened.</summary>
    /// <param name="getHeight">The height of a cross: what was reached where that is known, else the bottom of the panel.</param>
    /// <param name="withName">Whether to say of which series it is.</param>
    public IEnumerable<Mark> CreateFailureMarks(Func<TrialView, double> getHeight, bool withName) =>
        FailedTrials.GroupBy(view => view.Trial.Outcome.Kind).Select(kind => new Scatter("", Color,
        [.. kind.OrderBy(view => view.Trial.ContextTokens)
            .Select((view, index) => new ChartPoint(view.Trial.ContextTokens, getHeight(view), DescribeFailure(view),
                index > 0 ? null : (withName ? Name + ": " : "") + WordFormat.Words(kind.Key)))], Symbol.Cross));

    /// <summary>What failed and what was left out, in sentences.</summary>
    public IEnumerable<string> CreateNotes() =>
        FailedTrials.GroupBy(view => (view.Trial.ContextTokens, view.Trial.Outcome.Kind)).OrderBy(group => group.Key)
            .Select(group => $"✕ {Name}: {DescribeFailure(group.First())}{(group.Count() > 1 ? $" ({group.Count()} trials)" : "")}")
            .Concat(OtherLevels.Select(level => $"Not in this figure: {level}"))
            .Concat(Contexts.SelectMany(context => context.Excluded.Where(left => FailedTrials.All(view => view.Trial.Number != left.Trial))
                .Select(left => $"{Name}: trial {left.Trial} at {NumberFormat.Context(context.ContextTokens)} is in no median: {left.Why}")));

    private static string DescribeFailure(TrialView view)
    {
        var trial = view.Trial;
        var bound = view.MaxGenerationRate is { } most ? $", at most {NumberFormat.Rate(most.PerSecond)} until it was stopped" : "";
        var detail = trial.Outcome.Detail.Length > 120 ? trial.Outcome.Detail[..120] + "…" : trial.Outcome.Detail;
        return $"{WordFormat.Words(trial.Outcome.Kind)} at {NumberFormat.Context(trial.ContextTokens)}{bound}{(detail.Length == 0 ? "" : ": " + detail)}";
    }

    // A run that the user stopped is no failure of the system.
    private static bool IsFailure(Trial trial) => trial.Outcome is not (Completed or Cancelled) && !trial.Flags.HasFlag(TrialFlags.Warmup);

    private static bool BelongsTo(Trial trial, ContextSummary level) =>
        (trial.Method, trial.Concurrency, trial.OutputTokensAsked) == (level.Method, level.Concurrency, level.OutputTokensAsked)
            && (trial.Flags & level.Label) == level.Label;

    private static string DescribeLevel(SweepMethod method, TrialFlags label, int concurrency, int output)
    {
        string[] parts = [method.Label(), .. label.Names().Select(WordFormat.Words),
            concurrency == 1 ? "1 stream" : $"{concurrency} streams", $"{output} output tokens"];
        return string.Join(", ", parts);
    }
}
