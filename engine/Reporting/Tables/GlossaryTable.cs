using MemoryWall.Charts;
using MemoryWall.Reporting.Glossary;

namespace MemoryWall.Reporting.Tables;

/// <summary>Words and their meanings.</summary>
internal static class GlossaryTable
{
    private static readonly TableColumn<GlossaryTerm>[] s_columns =
    [
        new("word", term => term.Term, IsNumber: false),
        new("meaning", term => term.Meaning, IsNumber: false),
    ];

    /// <summary>One row for each word.</summary>
    public static TextTable Create(IEnumerable<GlossaryTerm> terms) => s_columns.ToTable(terms);
}
