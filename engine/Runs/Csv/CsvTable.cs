using MemoryWall.Core.Tables;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Csv;

/// <summary>A table of declared columns as a CSV file.</summary>
/// <param name="columns">The columns, in the order of the file.</param>
/// <param name="isGrowing">Whether columns were added while files of this form were written. One that is not there is no damage
/// then.</param>
/// <param name="addedLater">Names of columns that earlier files of this form lack; null for none.</param>
/// <param name="maxBytes">As much of a file is read at most.</param>
internal sealed class CsvTable<TRow>(IReadOnlyList<Column<TRow>> columns, bool isGrowing = false,
    IReadOnlyList<string>? addedLater = null, long maxBytes = CsvTable.DefaultMaxBytes)
{
    private readonly string[] _names = [.. columns.Select(column => column.Name)];
    private readonly string[] _expected =
        [.. columns.Where(column => !isGrowing || column.IsRequired).Select(column => column.Name).Except(addedLater ?? [])];
    private readonly Column<TRow>[] _readBack = [.. columns.Where(column => column.IsReadBack)];

    /// <summary>The first line.</summary>
    public byte[] Header { get; } = CsvLines.Encode([columns.Select(column => column.Name)]);

    /// <summary>One line for each row.</summary>
    public byte[] FormatRows(IEnumerable<TRow> rows) =>
        CsvLines.Encode(rows.Select(row => columns.Select(column => CsvCell.Format(column.Type, column.Get(row)))));

    /// <summary>The rows of a file with their places in it. A row without a required value is skipped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="createEmpty">The row that the values of a line are set in; it decides what absent values are.</param>
    /// <param name="warnings">Collects what could not be read.</param>
    public IEnumerable<(TRow Row, string Location)> Read(string path, Func<CsvTableReader, TRow> createEmpty,
        ReadWarningCollector warnings)
    {
        using var file = CsvTableReader.Open(path, new CsvColumns(_names, _expected, maxBytes), warnings);
        while (file?.Read() == true)
        {
            var row = createEmpty(file);
            var missing = new List<string>();
            foreach (var column in _readBack)
            {
                if (ParseCell(column, file, warnings) is { } value)
                    row = column.Set(row, value);
                else if (column.IsRequired)
                    missing.Add(column.Name);
            }
            if (missing.Count == 0)
                yield return (row, file.Location);
            else
                warnings.Add($"{file.Location}: there is no {string.Join(" and no ", missing)}; the row is skipped");
        }
    }

    private static object? ParseCell(Column<TRow> column, CsvTableReader file, ReadWarningCollector warnings)
    {
        var cell = file.GetRaw(column.Name);
        if (cell.Length == 0)
            return null;
        var value = CsvCell.Parse(column.Type, cell);
        if (value is IReadOnlyList<string> words)
            return words.Where(word => Check(column.Accepts(word), word)).ToList();
        return Check(value is not null && column.Accepts(value), cell) ? value : null;

        bool Check(bool isValid, string text)
        {
            if (!isValid)
                warnings.Add($"{file.Location}: {column.Name} '{Shorten(text)}' is {Expected(column.Type)}; it is read as absent");
            return isValid;
        }
    }

    private static string Expected(ColumnType type) => type switch
    {
        ColumnType.Word or ColumnType.Words => "not known to this version",
        ColumnType.Flag => "neither true nor false",
        _ => "not a number in range",
    };

    private static string Shorten(string cell) => TextCell.Encode(cell.Length <= 40 ? cell : cell[..40] + "…")!;
}

/// <summary>Limits of tables.</summary>
internal static class CsvTable
{
    /// <summary>Some hundred thousand rows of trials, or millions of marks.</summary>
    public const long DefaultMaxBytes = 256 << 20;
}
