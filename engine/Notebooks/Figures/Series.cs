using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Facts;
using Quantity = MemoryWall.Analysis.MetricSummary;

namespace MemoryWall.Notebooks.Figures;

/// <summary>One level of one run: its contexts, and what failed.</summary>
internal sealed record Series(string Name, Ink Color, Symbol Sign, Run Run, IReadOnlyList<ContextSummary> Contexts, IReadOnlyList<TrialView> Failed)
{
    /// <summary>Every level of every run, each with a colour and a sign of its own.</summary>
    public static IReadOnlyList<Series> Of(IReadOnlyList<Run> runs)
    {
        if (runs.Count == 0)
            throw new ArgumentException("a figure needs a run; none was given", nameof(runs));
        var all = new List<Series>();
        foreach (var (run, label) in runs.Zip(RunLabels.Of(runs)))
        {
            var analysis = Runs.Analysis(run);
            var levels = analysis.Contexts.GroupBy(context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked)).ToList();
            foreach (var level in levels)
            {
                var name = levels.Count == 1 ? label : $"{label}, {Describe(level.Key.Method, level.Key.Label, level.Key.Concurrency, level.Key.OutputTokensAsked)}";
                all.Add(new Series(name, Theme.Series(all.Count), Theme.Sign(all.Count), run, [.. level], [.. analysis.Trials.Where(view => IsFailure(view.Trial) && Belongs(view.Trial, level.First()))]));
            }
        }
        return all;
    }

    /// <summary>The level of a run with the most contexts, for figures that have room for one.</summary>
    public static Series Main(Run run)
    {
        var levels = Of([run]);
        // Nothing that was measured: the run's name and what failed is all there is.
        return levels.MaxBy(level => level.Contexts.Count) is { } most
            ? most with { Beside = [.. levels.Where(level => level != most).Select(level => level.Name)] }
            : new Series(RunLabels.Of(run), Theme.Series(0), Theme.Sign(0), run, [], []);
    }

    /// <summary>Levels of the same run that are not in this series.</summary>
    public IReadOnlyList<string> Beside { get; private init; } = [];

    /// <summary>Contexts of all series, and of what failed.</summary>
    public static IEnumerable<double> AllContexts(IReadOnlyList<Series> all) =>
        all.SelectMany(series => series.Contexts.Select(context => (double)context.ContextTokens).Concat(series.Failed.Select(view => (double)view.Trial.ContextTokens)));

    /// <summary>The line of a quantity through its medians, and the band of its interval.</summary>
    public IEnumerable<Mark> Course(Func<ContextSummary, Quantity?> of, Func<double, string> say)
    {
        var known = Contexts.Where(context => of(context) is not null).ToList();
        var ranges = known.Where(context => of(context)!.Estimate.Interval is not null)
            .Select(context => new ChartRange(context.ContextTokens, of(context)!.Estimate.Interval!.Value.Low, of(context)!.Estimate.Interval!.Value.High)).ToList();
        if (ranges.Count > 1)
            yield return new Band(Name, Color, ranges, IsInterval: true);
        if (known.Count > 0)
            yield return new Line(Name, Color, [.. known.Select(context => new ChartPoint(context.ContextTokens, of(context)!.Median, $"{say(of(context)!.Median)} at {Say.Context(context.ContextTokens)}, {context.Completion}"))], Symbol: Sign);
    }

    /// <summary>Crosses at the contexts where trials failed; the first of a kind says what happened.</summary>
    /// <param name="at">The height of a cross: what was reached where that is known, else the bottom of the panel.</param>
    /// <param name="named">Whether to say of which series it is.</param>
    public IEnumerable<Mark> Failures(Func<TrialView, double> at, bool named) => Failed.GroupBy(view => view.Trial.Outcome.Kind).Select(kind => new Scatter("", Color,
        [.. kind.OrderBy(view => view.Trial.ContextTokens).Select((view, index) => new ChartPoint(view.Trial.ContextTokens, at(view), FailureText(view), index > 0 ? null : (named ? Name + ": " : "") + Say.Kind(kind.Key)))], Symbol.Cross));

    /// <summary>What failed and what was left out, in sentences.</summary>
    public IEnumerable<string> Notes() =>
        Failed.GroupBy(view => (view.Trial.ContextTokens, view.Trial.Outcome.Kind)).OrderBy(group => group.Key)
            .Select(group => $"✕ {Name}: {FailureText(group.First())}{(group.Count() > 1 ? $" ({group.Count()} trials)" : "")}")
            .Concat(Beside.Select(level => $"Not in this figure: {level}"))
            .Concat(Contexts.SelectMany(context => context.Excluded.Where(left => Failed.All(view => view.Trial.Number != left.Trial))
                .Select(left => $"{Name}: trial {left.Trial} at {Say.Context(context.ContextTokens)} is in no median: {left.Why}")));

    private static string FailureText(TrialView view)
    {
        var trial = view.Trial;
        var bound = view.MaxGenerationRate is { } most ? $", at most {Say.Rate(most.PerSecond)} until it was stopped" : "";
        var detail = trial.Outcome.Detail.Length > 120 ? trial.Outcome.Detail[..120] + "…" : trial.Outcome.Detail;
        return $"{Say.Kind(trial.Outcome.Kind)} at {Say.Context(trial.ContextTokens)}{bound}{(detail.Length == 0 ? "" : ": " + detail)}";
    }

    // A run that the user stopped is no failure of the system.
    private static bool IsFailure(Trial trial) => trial.Outcome is not (Completed or Cancelled) && !trial.Flags.HasFlag(TrialFlags.Warmup);

    private static bool Belongs(Trial trial, ContextSummary level) =>
        (trial.Method, trial.Concurrency, trial.OutputTokensAsked) == (level.Method, level.Concurrency, level.OutputTokensAsked) && (trial.Flags & level.Label) == level.Label;

    private static string Describe(SweepMethod method, TrialFlags label, int concurrency, int output)
    {
        string[] parts = [method.Label(), .. label.Names().Select(Say.Kind), concurrency == 1 ? "1 stream" : $"{concurrency} streams", $"{output} output tokens"];
        return string.Join(", ", parts);
    }
}
