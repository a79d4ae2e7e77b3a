using System.Buffers.Text;
using MemoryWall.Core.Files;
using MemoryWall.Core.Telemetry;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Telemetry;

/// <summary>
/// Writes a segment of telemetry as <c>telemetry.csv</c> in a run's folder: <c>at_seconds</c> and the columns of the schema, one row for
/// each sample, empty where a value is absent. A resumed run can have other sources, so each segment has a file of its own
/// (<c>telemetry-2.csv</c>, …). Rows reach the operating system with each call and the disk at the end, because flushing twice a second
/// would disturb the disk that is measured. Not safe for use from many threads.
/// </summary>
internal sealed class TelemetryCsvWriter : IDisposable
{
    private readonly FileStream _file;
    private byte[] _bytes = new byte[64 << 10];
    private int _filled;
    private long _committed;

    private TelemetryCsvWriter(FileStream file, TelemetrySchema schema)
    {
        _file = file;
        AppendText(RunFiles.TelemetryTimeColumn);
        foreach (var column in schema.Columns)
        {
            AppendText(",");
            AppendText(column.Name);
        }
        AppendText("\n");
        Commit();
    }

    /// <summary>The file's name within the run's folder.</summary>
    public string FileName => Path.GetFileName(_file.Name);

    /// <summary>Creates the file of the next segment.</summary>
    /// <param name="runFolder">The run's folder, which must exist.</param>
    /// <param name="schema">The columns.</param>
    /// <exception cref="StoreException">The file cannot be created or written.</exception>
    public static TelemetryCsvWriter Create(string runFolder, TelemetrySchema schema)
    {
        var path = Path.Combine(runFolder, RunFiles.TelemetryCsvFile(TelemetryFiles.CountSegments(runFolder) + 1));
        return StoreException.WrapIOErrors(path, "creating it",
            () => new TelemetryCsvWriter(RegularFile.Open(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
            }),
                schema));
    }

    /// <summary>Appends rows. A call that fails leaves the file unchanged.</summary>
    /// <exception cref="StoreException">They could not be written.</exception>
    public void Write(IReadOnlyList<TelemetrySample> samples)
    {
        foreach (var sample in samples)
            AppendRow(sample);
        Commit();
    }

    /// <summary>Flushes to the disk and closes the file.</summary>
    public void Dispose()
    {
        try
        {
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // The operating system has the rows; nothing more can be done here.
        }
        _file.Dispose();
    }

    private void AppendRow(TelemetrySample sample)
    {
        AppendNumber(sample.At.Seconds);
        for (var i = 0; i < sample.Count; i++)
        {
            AppendText(",");
            if (sample[i] is { } value)
                AppendNumber(value);
        }
        AppendText("\n");
    }

    // The shortest text that reads back as the same number, the same in every culture.
    private void AppendNumber(double value)
    {
        Reserve(32);
        Utf8Formatter.TryFormat(value, _bytes.AsSpan(_filled), out var written);
        _filled += written;
    }

    private void AppendText(string text)
    {
        Reserve(text.Length * 3);
        _filled += System.Text.Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_filled));
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - _filled < bytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _filled + bytes));
    }

    private void Commit()
    {
        var bytes = _bytes.AsSpan(0, _filled);
        _filled = 0;
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes, _committed);
            _committed += bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TruncateToCommitted();
            throw new StoreException(_file.Name, $"writing {bytes.Length} bytes failed: {e.Message}", e);
        }
    }

    // Otherwise the next row would continue a half-written one.
    private void TruncateToCommitted()
    {
        try
        {
            RandomAccess.SetLength(_file.SafeFileHandle, _committed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next write begins at the same offset and overwrites it.
        }
    }
}
