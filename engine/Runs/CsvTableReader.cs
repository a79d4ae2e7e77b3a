using System.Globalization;
using CsvHelper;
using MemoryWall.Core.Time;

namespace MemoryWall.Runs;

/// <summary>
/// Reads a table by the names of its columns. A damaged line is left out, a cell that is no number is absent, a column that is
/// missing is absent on every row, and each is a finding.
/// </summary>
internal sealed class CsvTableReader : IDisposable
{
    private const int MaxLineLength = 1 << 20;
    private readonly CsvReader _csv;
    private readonly CommittedLinesStream _file;
    private readonly string _name;
    private readonly ReadWarningCollector _findings;
    private readonly Dictionary<string, int> _columns = [];

    private CsvTableReader(string path, ReadWarningCollector findings)
    {
        _name = Path.GetFileName(path);
        _findings = findings;
        _file = CommittedLinesStream.Open(path);
        if (_file.TornBytes > 0)
            findings.Add(
                FormattableString.Invariant($"{_name}: ends in the middle of a line; its last {_file.TornBytes} bytes were not read"));
        _csv = CsvReader.Create(_file, new CsvReaderOptions
        {
            Separator = ',',
            AllowLineBreaksInQuotes = false,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Skip,
            OnMalformedRecord = bad =>
                findings.Add(FormattableString.Invariant($"{_name} line {bad.LineNumber}: damaged ({Describe(bad.Reason)}), left out")),
            MaxRecordSize = MaxLineLength,
            TrackLineNumbers = true,
        });
    }

    /// <summary>The line that the reader stands on, for findings.</summary>
    public string Location => FormattableString.Invariant($"{_name} line {_csv.LineNumber}");

    /// <summary>Opens a table; null, with a finding, where the file is missing or has no complete header.</summary>
    public static CsvTableReader? Open(string path, IReadOnlyList<string> knownColumns, ReadWarningCollector findings)
    {
        if (!File.Exists(path))
        {
            findings.Add($"{Path.GetFileName(path)}: missing");
            return null;
        }
        var reader = new CsvTableReader(path, findings);
        if (reader.ReadHeader(knownColumns))
            return reader;
        reader.Dispose();
        return null;
    }

    /// <summary>Goes to the next undamaged line.</summary>
    public bool Read()
    {
        try
        {
            return _csv.Read();
        }
        catch (CsvFormatException e)
        {
            _findings.Add(FormattableString.Invariant($"{_name}: nothing is read after line {_csv.LineNumber}: {e.Message}"));
            return false;
        }
    }

    public void Dispose()
    {
        _csv.Dispose();
        _file.Dispose();
    }

    public string? GetText(string column) => TextCell.Decode(GetRaw(column));

    public int? GetInt(string column) => ParseCell(column, static (string cell, out int value) =>
        int.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public long? GetLong(string column) => ParseCell(column, static (string cell, out long value) =>
        long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public double? GetDouble(string column) => ParseCell(column, static (string cell, out double value) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value));

    public TimeSpan? GetTimeSpan(string column) => ParseCell<TimeSpan>(column, NumberCell.TryParseTimeSpan);

    public Instant? GetInstant(string column) => ParseCell<Instant>(column, NumberCell.TryParseInstant);

    /// <summary>The cell as it stands; empty where it is absent.</summary>
    public string GetRaw(string column) => _columns.TryGetValue(column, out var index) ? _csv.GetString(index) : "";

    private delegate bool CellParser<T>(string cell, out T value);

    private T? ParseCell<T>(string column, CellParser<T> parse)
        where T : struct
    {
        var cell = GetRaw(column);
        if (cell.Length == 0)
            return null;
        if (parse(cell, out var value))
            return value;
        _findings.Add($"{Location}: {column} '{Shorten(cell)}' is not a number, read as absent");
        return null;
    }

    private bool ReadHeader(IReadOnlyList<string> known)
    {
        IReadOnlyList<string> headers;
        try
        {
            headers = _csv.Headers;
        }
        catch (CsvFormatException e)
        {
            _findings.Add($"{_name}: its header cannot be read: {e.Message}");
            return false;
        }
        if (headers.Count == 0)
        {
            _findings.Add($"{_name}: has no complete header yet");
            return false;
        }
        for (var i = 0; i < headers.Count; i++)
        {
            if (!known.Contains(headers[i]))
                _findings.Add($"{_name}: column '{Shorten(headers[i])}' is not known to this version and is not read");
            else
                _columns.TryAdd(headers[i], i);
        }
        foreach (var missing in known.Where(name => !_columns.ContainsKey(name)))
            _findings.Add($"{_name}: column '{missing}' is missing, read as absent");
        return true;
    }

    private static string Describe(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.FieldCountMismatch => "it has not as many cells as the header",
        CsvMalformedReason.LineBreakInQuotes or CsvMalformedReason.UnterminatedQuote => "a quote is not closed",
        _ => "its quotes are out of place",
    };

    private static string Shorten(string cell) => cell.Length <= 40 ? cell : cell[..40] + "…";
}
