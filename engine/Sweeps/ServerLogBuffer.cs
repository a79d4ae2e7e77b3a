namespace MemoryWall.Sweeps;

/// <summary>
/// Takes the embedded server's standard error from its first line on. Lines that come before the run has a folder are kept until it has.
/// </summary>
internal sealed class ServerLogBuffer
{
    // More than any start prints; a server that floods before its run exists loses the middle of its flood, and says so.
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

    /// <summary>Writes what was kept, and from now on every line.</summary>
    public void Attach(TextWriter writer)
    {
        lock (_gate)
        {
            foreach (var line in _bufferedLines)
                writer.WriteLine(line);
            if (_dropped > 0)
                writer.WriteLine(FormattableString.Invariant($"[{_dropped} lines before the run began were not kept]"));
            _bufferedLines.Clear();
            _writer = writer;
        }
    }

    /// <summary>Lets go of the writer before it is closed.</summary>
    public void Detach()
    {
        lock (_gate)
            _writer = null;
    }
}
