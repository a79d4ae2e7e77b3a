using CsvHelper;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Csv;

/// <summary>What a file of a table may contain.</summary>
/// <param name="Known">The columns that are read; any other is a warning.</param>
/// <param name="Expected">Those whose absence is a warning.</param>
/// <param name="MaxBytes">As much of the file is read at most; the rest is a warning.</param>
internal sealed record CsvColumns(IReadOnlyList<string> Known, IReadOnlyList<string> Expected, long MaxBytes);

/// <summary>
/// Reads the lines of a table and finds cells by the names of their columns. A damaged line is skipped, and a missing column is absent on
/// every line; each is a warning, but for columns that are not expected.
/// </summary>
internal sealed class CsvTableReader : IDisposable
{
    private const int MaxLineLength = 1 << 20;
    private readonly CsvReader _csv;
    private readonly CommittedLinesStream _file;
    private readonly string _name;
    private readonly ReadWarningCollector _warnings;
    private readonly Dictionary<string, int> _columns = [];

    private CsvTableReader(string path, long maxBytes, ReadWarningCollector warnings)
    {
        _name = Path.GetFileName(path);
        _warnings = warnings;
        _file = CommittedLinesStream.Open(path, maxBytes);
        if (_file.SkippedBytes > 0)
            warnings.Add(
                FormattableString.Invariant($"{_name}: is larger than {maxBytes >> 20} MiB; its last {_file.SkippedBytes} bytes ")
                    + "are skipped");
        if (_file.TornBytes > 0)
            warnings.Add(
                FormattableString.Invariant($"{_name}: ends in the middle of a line; its last {_file.TornBytes} bytes are skipped"));
        _csv = CsvReader.Create(_file, new CsvReaderOptions
        {
            Separator = ',',
            AllowLineBreaksInQuotes = false,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Skip,
            OnMalformedRecord = bad =>
                warnings.Add(
                    FormattableString.Invariant(
                        $"{_name} line {bad.LineNumber}: the line is damaged ({Describe(bad.Reason)}) and skipped")),
            MaxRecordSize = MaxLineLength,
            TrackLineNumbers = true,
        });
    }

    /// <summary>The file and the number of the current line, for warnings.</summary>
    public string Location => FormattableString.Invariant($"{_name} line {_csv.LineNumber}");

    /// <summary>Opens a table. Null, with a warning, where the file is missing or has no complete header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Its columns, and how much of it is read.</param>
    /// <param name="warnings">Collects what could not be read.</param>
    public static CsvTableReader? Open(string path, CsvColumns columns, ReadWarningCollector warnings)
    {
        if (!File.Exists(path))
        {
            warnings.Add($"{Path.GetFileName(path)}: the file is missing");
            return null;
        }
        var reader = new CsvTableReader(path, columns.MaxBytes, warnings);
        if (reader.ReadHeader(columns.Known, columns.Expected))
            return reader;
        reader.Dispose();
        return null;
    }

    /// <summary>Moves to the next undamaged line.</summary>
    public bool Read()
    {
        try
        {
            return _csv.Read();
        }
        catch (CsvFormatException e)
        {
            _warnings.Add(FormattableString.Invariant($"{_name}: reading stopped after line {_csv.LineNumber}: {e.Message}"));
            return false;
        }
    }

    public void Dispose()
    {
        _csv.Dispose();
        _file.Dispose();
    }

    /// <summary>The text of a cell as stored; empty where it is absent.</summary>
    public string GetRaw(string column) => _columns.TryGetValue(column, out var index) ? _csv.GetString(index) : "";

    private bool ReadHeader(IReadOnlyList<string> known, IReadOnlyList<string> expected)
    {
        IReadOnlyList<string> headers;
        try
        {
            headers = _csv.Headers;
        }
        catch (CsvFormatException e)
        {
            _warnings.Add($"{_name}: the header cannot be read: {e.Message}");
            return false;
        }
        if (headers.Count == 0)
        {
            _warnings.Add($"{_name}: there is no complete header yet");
            return false;
        }
        for (var i = 0; i < headers.Count; i++)
        {
            if (!known.Contains(headers[i]))
                _warnings.Add($"{_name}: column '{Shorten(headers[i])}' is not known to this version and is ignored");
            else
                _columns.TryAdd(headers[i], i);
        }
        foreach (var missing in expected.Where(name => !_columns.ContainsKey(name)))
            _warnings.Add($"{_name}: column '{missing}' is missing; its values are absent");
        return true;
    }

    private static string Describe(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.FieldCountMismatch => "it has another number of cells than the header",
        CsvMalformedReason.LineBreakInQuotes or CsvMalformedReason.UnterminatedQuote => "a quotation mark is not closed",
        _ => "a quotation mark is in a wrong place",
    };

    private static string Shorten(string cell) => cell.Length <= 40 ? cell : cell[..40] + "…";
}
