namespace MemoryWall.Machine.Processes;

/// <summary>Keeps the last lines of a log, as evidence when its process dies.</summary>
internal sealed class LogTail
{
    private const int Capacity = 6;
    private const int LineLimit = 400;
    private readonly Queue<string> _lines = new(Capacity);
    private readonly Lock _gate = new();

    public void Add(string line)
    {
        lock (_gate)
        {
            if (_lines.Count == Capacity)
                _lines.Dequeue();
            _lines.Enqueue(line.Length > LineLimit ? line[..LineLimit] + "…" : line);
        }
    }

    public override string ToString()
    {
        lock (_gate)
            return string.Join(" | ", _lines.Where(line => !string.IsNullOrWhiteSpace(line)));
    }
}
