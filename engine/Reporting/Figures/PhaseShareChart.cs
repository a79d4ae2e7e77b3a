using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>The share of each phase in the time of a request, stacked, context by context.</summary>
internal static class PhaseShareChart
{
    public static Chart Create(RunReport run)
    {
        var series = Series.CreateMain(run);
        var known = series.Contexts.Where(context => context.PrefillShare is not null).ToList();
        var labels = series.Contexts.Select(context => context.ContextTokens)
            .Concat(series.FailedTrials.Select(view => view.Trial.ContextTokens)).Distinct().Order().ToList();
        int At(int context) => labels.IndexOf(context);
        return new Chart
        {
            Title = Title(run, series, known),
            Subtitle = FigureSubtitle.Create([run]),
            X = Axis.ForCategories("context, tokens", [.. labels.Select(NumberFormat.Context)]),
            Panels =
            [
                new Panel
                {
                    Y = Axis.ForShares("share of the time"),
                    Marks =
                    [
                        new Bars("prefill", ChartColor.Vermilion,
                            [.. known.Select(
                                c => new ChartRange(At(c.ContextTokens), 0, c.PrefillShare!.Median,
                                    $"prefill {NumberFormat.Percent(c.PrefillShare.Median)}, "
                                        + $"{NumberFormat.Duration(c.PrefillSeconds?.Median)}"))]),
                        new Bars("generation", ChartColor.Blue,
                            [.. known.Select(
                                c => new ChartRange(At(c.ContextTokens), c.PrefillShare!.Median, 1,
                                    $"generation {NumberFormat.Percent(1 - c.PrefillShare.Median)}, "
                                        + $"{NumberFormat.Duration(c.GenerationSeconds?.Median)}"))]),
                        .. series.FailedTrials.GroupBy(view => view.Trial.Outcome.Kind)
                            .Select(kind => new Scatter(WordFormat.Words(kind.Key), ChartColor.Text,
                                [.. kind.Select(
                                    view => new ChartPoint(At(view.Trial.ContextTokens), 0.02, OutcomePhrases.FormatEvidence(view.Trial)))],
                                Symbol.Cross)),
                    ],
                    ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Horizontal, 0.5, "half")],
                },
            ],
            Notes = [.. series.CreateNotes()],
            Table = new TextTable(
                [new TextColumn("context"), new TextColumn("prefill"), new TextColumn("generation"), new TextColumn("prefill share")],
                [.. series.Contexts.Select(
                    c => (IReadOnlyList<string>)[NumberFormat.Tokens(c.ContextTokens), NumberFormat.Duration(c.PrefillSeconds?.Median),
                        NumberFormat.Duration(c.GenerationSeconds?.Median), NumberFormat.Percent(c.PrefillShare?.Median)])]),
        };
    }

    private static string Title(RunReport run, Series series, List<ContextSummary> known)
    {
        if (known.Count == 0)
            return "Phase shares are not shown: no context has both phases measured";
        var shares = known.Count == 1
            ? $"Prefill takes {NumberFormat.Percent(known[0].PrefillShare!.Median)} of the time "
                + $"at {NumberFormat.Context(known[0].ContextTokens)}"
            : $"Prefill takes {NumberFormat.Percent(known[0].PrefillShare!.Median)} of the time "
                + $"at {NumberFormat.Context(known[0].ContextTokens)} "
                + $"and {NumberFormat.Percent(known[^1].PrefillShare!.Median)} at {NumberFormat.Context(known[^1].ContextTokens)}";
        var crossover = run
            .Crossovers.FirstOrDefault(
                c => c.Trials.Count > 0 && c.Trials.All(trial => known.Any(context => context.Trials.Contains(trial))));
        if (crossover?.ContextTokens is not { } at)
            return shares;
        var range = crossover.Estimate?.Interval is { } interval
            ? $" ({NumberFormat.Approximate(interval.Low)} to {NumberFormat.Approximate(interval.High)})"
            : "";
        return $"{shares}; both phases take the same time at about {NumberFormat.Approximate(at)} tokens{range}";
    }
}
