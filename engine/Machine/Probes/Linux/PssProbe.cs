using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>
/// The server's proportional set size: shared pages divided by how many map them. The kernel walks the server's page tables for it, so a
/// reading that took long is followed by a long pause: over a run it takes no more than <see cref="MaxTimeShare"/> of the time.
/// </summary>
internal sealed class PssProbe : IProbe
{
    /// <summary>Most of the time that readings may take.</summary>
    private const double MaxTimeShare = 0.002;

    private static readonly byte[] s_key = "\nPss:"u8.ToArray();
    private readonly LinuxRoot _root;
    private readonly ServerWatch _watch;
    private readonly ProbeColumns _columns = new("pss");
    private readonly List<ProcFile> _files = [];
    private ServerProcessTree _tree = ServerProcessTree.Empty;
    private bool _denied;
    private long _nextReadAt;

    public PssProbe(LinuxRoot root, ServerWatch watch)
    {
        _root = root;
        _watch = watch;
        _columns.AddGauge("server_pss_bytes",
            "Resident memory of the server's processes, pages that several processes map divided among them.");
    }

    public string Name => "pss";

    public ProbeCost Cost => ProbeCost.Blocking;

    public string Intrusion => "walks the server's page tables and holds its memory-map lock meanwhile, in at most 0.2% of the time";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public void Read(Span<double> row)
    {
        if (!ReferenceEquals(_tree, _watch.Tree))
            OpenFiles(_watch.Tree);
        var started = Stopwatch.GetTimestamp();
        if (_files.Count == 0 || _denied || started < _nextReadAt)
            return;
        double sum = 0;
        var alive = false;
        foreach (var file in _files)
        {
            // A process that has ended holds nothing.
            if (file.Read() is not { IsEmpty: false } text)
                continue;
            alive = true;
            sum += AsciiParser.ParseNumber(AsciiParser.FindAfter(text, s_key)) * 1024;
        }
        if (alive)
            row[0] = sum;
        _nextReadAt = started + (long)((Stopwatch.GetTimestamp() - started) / MaxTimeShare);
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
        _files.Clear();
    }

    private void OpenFiles(ServerProcessTree tree)
    {
        _tree = tree;
        Dispose();
        _denied = false;
        foreach (var pid in tree.Pids)
        {
            var folder = Path.Combine(_root.Proc, pid.ToString(CultureInfo.InvariantCulture));
            if (ProcFile.TryOpen(Path.Combine(folder, "smaps_rollup")) is { } file)
                _files.Add(file);
            else if (Directory.Exists(folder))
                _denied = true;
        }
    }
}
