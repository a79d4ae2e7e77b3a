using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The steps of TTFT over contexts.</summary>
internal static class TtftTable
{
    /// <summary>One row for each context whose TTFT has steps; null where none has.</summary>
    public static TextTable? Create(IReadOnlyList<ContextSummary> contexts)
    {
        var split = contexts.Where(context => context.TtftSplit is not null).ToList();
        return split.Count == 0 ? null : ListColumns(split).ToTable(split);
    }

    /// <summary>What the table's columns mean, which trials its rows leave out, and how clocks rounded.</summary>
    public static string DescribeColumns(IReadOnlyList<ContextSummary> contexts) => string.Join(" ",
        new[]
        {
            TtftPhrases.Legend, TtftPhrases.DescribeMissing(contexts),
            TtftPhrases.DescribeRounding(contexts.Select(context => context.TtftSplit).OfType<TtftSplit>()),
        }.OfType<string>());

    private static TableColumn<ContextSummary>[] ListColumns(IReadOnlyList<ContextSummary> contexts) =>
    [
        new("context", ContextTable.FormatContext),
        new("TTFT", context => NumberFormat.Duration(context.TtftSplit!.Total)),
        new("sending", context => NumberFormat.Duration(context.TtftSplit!.Sending), DropOrder: 3),
        new("queue", context => NumberFormat.Duration(context.TtftSplit!.Queue), DropOrder: 4),
        .. contexts.Any(context => context.TtftSplit!.Loading is not null)
            ? [new TableColumn<ContextSummary>("loading", context => NumberFormat.Duration(context.TtftSplit!.Loading), DropOrder: 1)]
            : Array.Empty<TableColumn<ContextSummary>>(),
        new("tokenization", context => NumberFormat.Duration(context.TtftSplit!.Tokenization)),
        new("orchestration", context => NumberFormat.Duration(context.TtftSplit!.Orchestration)),
        new("prefill", context => NumberFormat.Duration(context.TtftSplit!.Prefill)),
        new("first token", context => NumberFormat.Duration(context.TtftSplit!.FirstToken), DropOrder: 2),
    ];
}
