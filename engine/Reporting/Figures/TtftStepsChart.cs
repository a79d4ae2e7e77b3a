using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Reporting.Figures;

/// <summary>The share of each step in TTFT, stacked, context by context.</summary>
internal static class TtftStepsChart
{
    private static readonly Step[] s_steps =
    [
        new("sending", ChartColor.Grey, split => split.Sending),
        new("queue", ChartColor.Purple, split => split.Queue),
        new("loading", ChartColor.Orange, split => split.Loading),
        new("tokenization", ChartColor.Green, split => split.Tokenization),
        new("orchestration", ChartColor.Sky, split => split.Orchestration),
        new("prefill", ChartColor.Vermilion, split => split.Prefill),
        new("first token", ChartColor.Blue, split => split.FirstToken),
    ];

    public static Chart Create(RunReport run)
    {
        var series = Series.CreateMain(run);
        var known = series.Contexts.Where(context => context.TtftSplit is { Total.Ticks: > 0 }).ToList();
        return new Chart
        {
            Title = Title(known),
            Subtitle = FigureSubtitle.Create([run]),
            X = Axis.ForCategories("context, tokens", [.. known.Select(context => NumberFormat.Context(context.ContextTokens))]),
            Panels = [new Panel { Y = Axis.ForShares("share of TTFT"), Marks = CreateBars(known) }],
            Notes = [TtftTable.DescribeColumns(known), .. series.CreateNotes()],
            Table = TtftTable.Create(known) ?? new TextTable([new TextColumn("context")], []),
        };
    }

    private static IReadOnlyList<Mark> CreateBars(List<ContextSummary> contexts)
    {
        var marks = new List<Mark>();
        var low = contexts.Select(_ => TimeSpan.Zero).ToList();
        foreach (var step in s_steps.Where(step => contexts.Any(context => step.Get(context.TtftSplit!) is not null)))
        {
            marks.Add(new Bars(step.Name, step.Color, [.. contexts.Select((context, place) =>
            {
                var (split, from) = (context.TtftSplit!, low[place]);
                low[place] += step.Get(split) ?? TimeSpan.Zero;
                return new ChartRange(place, from / split.Total, low[place] / split.Total,
                    $"{step.Name} {NumberFormat.Percent(step.Get(split) / split.Total)}, {NumberFormat.Duration(step.Get(split))}");
            })]));
        }
        return marks;
    }

    private static string Title(List<ContextSummary> known)
    {
        if (known.Count == 0)
            return "The steps of TTFT are not shown: no server reported its prefill";
        string Share(ContextSummary context) => $"{NumberFormat.Percent(context.TtftSplit!.Preparation / context.TtftSplit.Total)} of TTFT "
            + $"at {NumberFormat.Context(context.ContextTokens)}";
        var what = known.All(context => context.TtftSplit!.Tokenization is not null)
            ? "Tokenization and orchestration take"
            : "Orchestration (TTFT less what the server reports) takes";
        return $"{what} {Share(known[0])}{(known.Count > 1 ? $" and {Share(known[^1])}" : "")}";
    }

    private sealed record Step(string Name, ChartColor Color, Func<TtftSplit, TimeSpan?> Get);
}
