using MemoryWall.Core;
using MemoryWall.Runs.Schema;
using Microsoft.Data.Analysis;
using Column = MemoryWall.Core.Tables.Column<(MemoryWall.Runs.Schema.TokenRow Row, int? ContextTokens)>;

namespace MemoryWall.Notebooks.Frames;

/// <summary>The stream marks of all trials, in order, with the context of their trial.</summary>
internal static class TokenDataFrame
{
    private static readonly Column[] s_stored =
        [.. TokenSchema.Columns.Select(column => column.Within<(TokenRow Row, int? ContextTokens)>(row => row.Row))];

    private static readonly Column[] s_columns =
    [
        .. s_stored[..1],
        Column.Integer("context_tokens", "tokens", "The requested length of the trial's prompt (N).", "The trial has no row.",
            row => row.ContextTokens),
        .. s_stored[1..],
    ];

    public static DataFrame Create(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var contexts = run.Trials.GroupBy(trial => trial.Number).ToDictionary(same => same.Key, same => same.Last().ContextTokens);
        return ColumnDataFrame.Create(s_columns,
            [.. from entry in run.Marks.OrderBy(entry => entry.Key)
                let context = contexts.TryGetValue(entry.Key, out var tokens) ? tokens : (int?)null
                from mark in entry.Value
                select (new TokenRow(entry.Key, mark), context)]);
    }
}
