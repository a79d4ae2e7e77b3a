using System.Globalization;
using CsvHelper;
using MemoryWall.Time;

namespace MemoryWall.Store;

/// <summary>
/// Reads a table by the names of its columns. A damaged line is left out, a cell that is no number is absent, a column that is
/// missing is absent on every row, and each is a finding.
/// </summary>
internal sealed class TableReader : IDisposable
{
    private const int LongestLine = 1 << 20;
    private readonly CsvReader _csv;
    private readonly CommittedFile _file;
    private readonly string _name;
    private readonly Findings _findings;
    private readonly Dictionary<string, int> _columns = [];

    private TableReader(string path, Findings findings)
    {
        _name = Path.GetFileName(path);
        _findings = findings;
        _file = CommittedFile.Open(path);
        if (_file.TornBytes > 0)
            findings.Add(FormattableString.Invariant($"{_name}: ends in the middle of a line; its last {_file.TornBytes} bytes were not read"));
        _csv = CsvReader.Create(_file, new CsvReaderOptions
        {
            Separator = ',',
            AllowLineBreaksInQuotes = false,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Skip,
            OnMalformedRecord = bad => findings.Add(FormattableString.Invariant($"{_name} line {bad.LineNumber}: damaged ({Words(bad.Reason)}), left out")),
            MaxRecordSize = LongestLine,
            TrackLineNumbers = true,
        });
    }

    /// <summary>The line that the reader stands on, for findings.</summary>
    public string Where => FormattableString.Invariant($"{_name} line {_csv.LineNumber}");

    /// <summary>Opens a table; null, with a finding, where the file is missing or has no complete header.</summary>
    public static TableReader? Open(string path, IReadOnlyList<string> known, Findings findings)
    {
        if (!File.Exists(path))
        {
            findings.Add($"{Path.GetFileName(path)}: missing");
            return null;
        }
        var reader = new TableReader(path, findings);
        if (reader.ReadHeader(known))
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

    public string? Text(string column) => TextCell.Decode(Raw(column));

    public int? Int(string column) => Number(column, static (string cell, out int value) =>
        int.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public long? Long(string column) => Number(column, static (string cell, out long value) =>
        long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    public double? Real(string column) => Number(column, static (string cell, out double value) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value));

    public TimeSpan? Duration(string column) => Number<TimeSpan>(column, Cell.TryTimeSpan);

    public Instant? Instant(string column) => Number<Instant>(column, Cell.TryInstant);

    /// <summary>The cell as it stands; empty where it is absent.</summary>
    public string Raw(string column) => _columns.TryGetValue(column, out var index) ? _csv.GetString(index) : "";

    private delegate bool Parse<T>(string cell, out T value);

    private T? Number<T>(string column, Parse<T> parse)
        where T : struct
    {
        var cell = Raw(column);
        if (cell.Length == 0)
            return null;
        if (parse(cell, out var value))
            return value;
        _findings.Add($"{Where}: {column} '{Short(cell)}' is not a number, read as absent");
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
                _findings.Add($"{_name}: column '{Short(headers[i])}' is not known to this version and is not read");
            else
                _columns.TryAdd(headers[i], i);
        }
        foreach (var missing in known.Where(name => !_columns.ContainsKey(name)))
            _findings.Add($"{_name}: column '{missing}' is missing, read as absent");
        return true;
    }

    private static string Words(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.FieldCountMismatch => "it has not as many cells as the header",
        CsvMalformedReason.LineBreakInQuotes or CsvMalformedReason.UnterminatedQuote => "a quote is not closed",
        _ => "its quotes are out of place",
    };

    private static string Short(string cell) => cell.Length <= 40 ? cell : cell[..40] + "…";
}
