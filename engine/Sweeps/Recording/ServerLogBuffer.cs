namespace MemoryWall.Sweeps.Recording;

/// <summary>
/// Receives the embedded server's standard error from its first line. Lines that arrive before the run has a folder are buffered.
/// </summary>
internal sealed class ServerLogBuffer
{
    // More than any start prints. Further lines before the run has a folder are dropped, and the log says how many.
    private const int MaxBufferedLines = 2000;
    private readonly Lock _gate = new();
    private readonly List<string> _bufferedLines = [];
    private TextWriter? _writer;
    private int _dropped;

    public void Add(string line)
    {
        lock (_gate)
        {
            if (_writer is not null)
                _writer.WriteLine(line);
            else if (_bufferedLines.Count < MaxBufferedLines)
                _bufferedLines.Add(line);
            else
                _dropped++;
        }
    }

    /// <summary>Writes the buffered lines, and from now on every line.</summary>
    public void Attach(TextWriter writer)
    {
        lock (_gate)
        {
            foreach (var line in _bufferedLines)
                writer.WriteLine(line);
            if (_dropped > 0)
                writer.WriteLine(FormattableString.Invariant($"[{_dropped} lines before the run began were dropped]"));
            _bufferedLines.Clear();
            _writer = writer;
        }
    }

    /// <summary>Stops using the writer, before it is closed.</summary>
    public void Detach()
    {
        lock (_gate)
            _writer = null;
    }
}
