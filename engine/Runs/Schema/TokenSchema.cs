using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Runs.Schema.TokenRow>;
using MarkColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.StreamMark>;

namespace MemoryWall.Runs.Schema;

/// <summary>One row of <c>tokens.csv</c>: a mark of a trial's stream.</summary>
internal readonly record struct TokenRow(int Trial, StreamMark Mark);

/// <summary>The columns of <c>tokens.csv</c>, in order.</summary>
internal static class TokenSchema
{
    private static readonly MarkColumn[] s_mark =
    [
        MarkColumn.Word("kind", "What arrived: `prefill` (a progress report), `chunk` (generated content) or `reasoning`.", Column.Never,
            m => m.Kind, (m, v) => m with { Kind = v }) with { IsRequired = true },
        MarkColumn.Integer("tokens", "tokens", "For `prefill` the prompt tokens computed so far, otherwise the tokens in the chunk.",
            "The target does not report it.",
            m => m.Tokens, (m, v) => m with { Tokens = v }),
        MarkColumn.Seconds("arrived_seconds", "s, clock", "When the last byte arrived, stamped before it was parsed.", Column.Never,
            m => m.Arrived, (m, v) => m with { Arrived = v }) with { IsRequired = true },
        MarkColumn.Seconds("native_seconds", "s",
            "When the work was done by the target's own clock, from the start of its prefill. "
            + "In an incremental pass it counts from the pass's first token on, without the answers in between.",
            "The target does not report it.",
            m => m.Native, (m, v) => m with { Native = v }),
    ];

    public static IReadOnlyList<Column<TokenRow>> Columns { get; } =
    [
        Column.Integer("trial", "", "The number of the trial.", Column.Never,
            r => r.Trial, (r, v) => r with { Trial = v }) with { IsRequired = true },
        .. s_mark.Select(column => column.Within<TokenRow>(r => r.Mark, (r, change) => r with { Mark = change(r.Mark) })),
    ];
}
