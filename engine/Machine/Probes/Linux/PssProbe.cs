using System.Diagnostics;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>
/// The server's proportional set size: shared pages divided by the number of processes that map them. Since the kernel walks the server's
/// page tables for it, a long reading is followed by a long pause: readings take at most <see cref="MaxTimeShare"/> of a run's time.
/// </summary>
internal sealed class PssProbe : IDisposable
{
    private const double MaxTimeShare = 0.002;
    private readonly LinuxRoot _root;
    private readonly ServerWatch _watch;
    private readonly List<PssReader> _processes = [];
    private ServerProcessTree _tree = ServerProcessTree.Empty;
    private bool _isDenied;
    private long _nextReadAt;

    private PssProbe(LinuxRoot root, ServerWatch watch)
    {
        _root = root;
        _watch = watch;
    }

    public static ProbeDiscovery Discover(LinuxRoot root, ServerWatch watch)
    {
        var processes = new PssProbe(root, watch);
        return ProbeDiscovery.Found(new ColumnProbe("pss", processes)
        {
            Cost = ProbeCost.Blocking,
            Intrusion = "walks the server's page tables and keeps its memory-map lock meanwhile, for at most 0.2% of the time",
        }
            .Gauge("server_pss_bytes",
                "Resident memory of the server's processes; a page that several processes map is divided among them.", processes.Read));
    }

    public void Dispose()
    {
        foreach (var process in _processes)
            process.Dispose();
        _processes.Clear();
    }

    private double? Read()
    {
        if (!ReferenceEquals(_tree, _watch.Tree))
            OpenProcesses(_watch.Tree);
        var started = Stopwatch.GetTimestamp();
        if (_processes.Count == 0 || _isDenied || started < _nextReadAt)
            return null;
        double? sum = null;
        foreach (var process in _processes)
        {
            // A process that has ended occupies nothing.
            if (process.Read() is { } bytes)
                sum = (sum ?? 0) + bytes;
        }
        _nextReadAt = started + (long)((Stopwatch.GetTimestamp() - started) / MaxTimeShare);
        return sum;
    }

    private void OpenProcesses(ServerProcessTree tree)
    {
        _tree = tree;
        Dispose();
        _isDenied = false;
        foreach (var pid in tree.Pids)
        {
            if (PssReader.TryOpen(_root, pid) is { } process)
                _processes.Add(process);
            else if (Directory.Exists(_root.ProcessFolder(pid)))
                _isDenied = true;
        }
    }
}
