using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using Quantity = MemoryWall.Analysis.MetricSummary;

namespace MemoryWall.Reporting.Figures;

/// <summary>One level of a run (method, label, concurrency, output length): its contexts and its failed trials.</summary>
internal sealed record Series(string Name, ChartColor Color, Symbol Sign, RunReport Run, IReadOnlyList<ContextSummary> Contexts,
    IReadOnlyList<TrialView> FailedTrials)
{
    private const int MaxDetailLength = 120;

    /// <summary>Every level of every run, each with its own colour and symbol.</summary>
    public static IReadOnlyList<Series> CreateAll(IReadOnlyList<RunReport> runs)
    {
        if (runs.Count == 0)
            throw new ArgumentException("a figure needs at least one run", nameof(runs));
        var all = new List<Series>();
        foreach (var (run, label) in runs.Zip(RunLabels.Create([.. runs.Select(run => run.Run)])))
        {
            var analysis = run;
            var levels = analysis.Levels;
            foreach (var level in levels)
            {
                var name = levels.Count == 1 ? label : $"{label}, {DescribeLevel(level[0].Level)}";
                all.Add(new Series(name, Theme.SeriesColor(all.Count), Theme.SeriesSymbol(all.Count), run, level,
                    [.. analysis.Trials.Where(view => IsFailure(view.Trial) && level.Any(context => BelongsTo(view.Trial, context)))]));
            }
        }
        return all;
    }

    /// <summary>The level with the most contexts, for figures that show only one level.</summary>
    public static Series CreateMain(RunReport run)
    {
        var levels = CreateAll([run]);
        // A run without measured trials has no level.
        return levels.MaxBy(level => level.Contexts.Count) is { } most
            ? most with { OtherLevels = [.. levels.Where(level => level != most).Select(level => level.Name)] }
            : new Series(RunLabels.Create(run.Run), Theme.SeriesColor(0), Theme.SeriesSymbol(0), run, [], []);
    }

    /// <summary>The names of the other levels of the run.</summary>
    public IReadOnlyList<string> OtherLevels { get; private init; } = [];

    /// <summary>The contexts of all series, failed trials included.</summary>
    public static IEnumerable<double> GetAllContexts(IReadOnlyList<Series> all) =>
        all.SelectMany(
            series => series.Contexts.Select(context => (double)context.ContextTokens)
                .Concat(series.FailedTrials.Select(view => (double)view.Trial.ContextTokens)));

    /// <summary>The line through the medians of a quantity, and the band of its interval.</summary>
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
                        $"{format(quantity(context)!.Median)} at {NumberFormat.Context(context.ContextTokens)}, "
                            + OutcomePhrases.FormatCompletion(context)))],
                        Symbol: Sign);
    }

    /// <summary>Crosses at the contexts where trials failed. The first cross of each kind of failure has a label.</summary>
    /// <param name="getHeight">The value at which a cross is drawn.</param>
    /// <param name="withName">Whether the label contains the name of the series.</param>
    public IEnumerable<Mark> CreateFailureMarks(Func<TrialView, double> getHeight, bool withName) =>
        FailedTrials.GroupBy(view => view.Trial.Outcome.Kind).Select(kind => new Scatter("", Color,
        [.. kind.OrderBy(view => view.Trial.ContextTokens)
            .Select((view, index) => new ChartPoint(view.Trial.ContextTokens, getHeight(view), DescribeFailure(view),
                index > 0 ? null : (withName ? Name + ": " : "") + WordFormat.Words(kind.Key)))], Symbol.Cross));

    /// <summary>Sentences about failed and excluded trials.</summary>
    public IEnumerable<string> CreateNotes() =>
        FailedTrials.GroupBy(view => (view.Trial.ContextTokens, view.Trial.Outcome.Kind)).OrderBy(group => group.Key)
            .Select(group => $"✕ {Name}: {DescribeFailure(group.First())}{(group.Count() > 1 ? $" ({group.Count()} trials)" : "")}")
            .Concat(OtherLevels.Select(level => $"Not shown in this figure: {level}"))
            .Concat(Contexts.SelectMany(context => context.Excluded.Where(left => FailedTrials.All(view => view.Trial.Number != left.Trial))
                .Select(left =>
                    $"{Name}: trial {left.Trial} "
                        + $"at {NumberFormat.Context(context.ContextTokens)} is excluded from the medians: "
                        + DoubtPhrases.Describe(left.Reason))));

    private static string DescribeFailure(TrialView view)
    {
        var trial = view.Trial;
        var bound = view.MaxGenerationRate is { } most ? $", at most {NumberFormat.Rate(most.PerSecond)} until it was stopped" : "";
        var detail = OutcomePhrases.FormatEvidence(trial, MaxDetailLength);
        return $"{WordFormat.Words(trial.Outcome.Kind)} at {NumberFormat.Context(trial.ContextTokens)}"
            + $"{bound}{(detail.Length == 0 ? "" : ": " + detail)}";
    }

    private static bool IsFailure(Trial trial) => trial.IsFailure() && !trial.Flags.HasFlag(TrialFlags.Warmup);

    private static bool BelongsTo(Trial trial, ContextSummary level) =>
        (trial.Method, trial.Concurrency, trial.OutputTokensAsked) == (level.Method, level.Concurrency, level.OutputTokensAsked)
            && (trial.Flags & level.Label) == level.Label;

    private static string DescribeLevel(LevelKey level)
    {
        string[] parts = [level.Method.Label(), .. level.Label.Labels(),
            level.Concurrency == 1 ? "1 stream" : $"{level.Concurrency} streams", $"{level.OutputTokensAsked} output tokens"];
        return string.Join(", ", parts);
    }
}
