using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The two phases' shares of the time, stacked, context by context.</summary>
internal static class ShareChart
{
    public static Chart Of(Run run)
    {
        var series = Series.Main(run);
        var known = series.Contexts.Where(context => context.PrefillShare is not null).ToList();
        var labels = series.Contexts.Select(context => context.ContextTokens).Concat(series.Failed.Select(view => view.Trial.ContextTokens)).Distinct().Order().ToList();
        int At(int context) => labels.IndexOf(context);
        return new Chart
        {
            Title = Title(run, series, known),
            Subtitle = RunLabels.Origin([run]),
            X = Axis.Steps("context, tokens", [.. labels.Select(Say.Context)]),
            Panels =
            [
                new Panel
                {
                    Y = Axis.Share("share of the time"),
                    Marks =
                    [
                        new Bars("prefill", Ink.Vermilion, [.. known.Select(c => new ChartRange(At(c.ContextTokens), 0, c.PrefillShare!.Median, $"prefill {Say.Percent(c.PrefillShare.Median)}, {Say.Seconds(c.PrefillSeconds?.Median)}"))]),
                        new Bars("generation", Ink.Blue, [.. known.Select(c => new ChartRange(At(c.ContextTokens), c.PrefillShare!.Median, 1, $"generation {Say.Percent(1 - c.PrefillShare.Median)}, {Say.Seconds(c.GenerationSeconds?.Median)}"))]),
                        .. series.Failed.GroupBy(view => view.Trial.Outcome.Kind).Select(kind => new Scatter(Say.Kind(kind.Key), Ink.Text, [.. kind.Select(view => new ChartPoint(At(view.Trial.ContextTokens), 0.02, view.Trial.Outcome.Detail))], Symbol.Cross)),
                    ],
                    Rules = [new Rule(RuleDirection.Horizontal, 0.5, "one half")],
                },
            ],
            Notes = [.. series.Notes()],
            Table = new TextTable([new TextColumn("context"), new TextColumn("prefill"), new TextColumn("generation"), new TextColumn("share of prefill")],
                [.. series.Contexts.Select(c => (IReadOnlyList<string>)[Say.Tokens(c.ContextTokens), Say.Seconds(c.PrefillSeconds?.Median), Say.Seconds(c.GenerationSeconds?.Median), Say.Percent(c.PrefillShare?.Median)])]),
        };
    }

    private static string Title(Run run, Series series, List<ContextSummary> known)
    {
        if (known.Count == 0)
            return "At no context were both phases measured";
        var shares = known.Count == 1
            ? $"Prefill takes {Say.Percent(known[0].PrefillShare!.Median)} of the time at {Say.Context(known[0].ContextTokens)}"
            : $"Prefill takes {Say.Percent(known[0].PrefillShare!.Median)} of the time at {Say.Context(known[0].ContextTokens)} and {Say.Percent(known[^1].PrefillShare!.Median)} at {Say.Context(known[^1].ContextTokens)}";
        var crossover = Runs.Analysis(run).Crossovers.FirstOrDefault(c => c.Trials.Count > 0 && c.Trials.All(trial => known.Any(context => context.Trials.Contains(trial))));
        return crossover?.ContextTokens is not { } at ? shares
            : $"{shares}; the phases change places at about {Say.About(at)} tokens{(crossover.Estimate?.Interval is { } interval ? $" ({Say.About(interval.Low)} to {Say.About(interval.High)})" : "")}";
    }
}
