namespace MemoryWall.Machine.Processes;

/// <summary>
/// Tracks the processes of the server under test: a root process and its descendants. A thread of its own looks for them once a second and
/// when a phase begins. A process stays in the tree while it lives, also when its parent dies.
/// </summary>
internal sealed class ServerWatch : IDisposable
{
    private static readonly TimeSpan s_refreshPeriod = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly IProcessTable? _table;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly Dictionary<int, ProcessTableEntry> _processes = [];
    private readonly Dictionary<int, ProcessTableEntry> _members = [];
    private readonly List<int> _exited = [];
    private volatile ServerProcessTree _tree = ServerProcessTree.Empty;
    private volatile string? _namedCgroup;
    private volatile bool _stopping;
    private int? _root;
    private int? _port;

    public ServerWatch(IProcessTable? table)
    {
        _table = table;
        _thread = new Thread(Loop) { IsBackground = true, Name = "telemetry processes" };
    }

    /// <summary>The processes watched now. The same object while they do not change.</summary>
    public ServerProcessTree Tree => _tree;

    /// <summary>The folder of the control group to watch by name; null for none.</summary>
    public string? NamedCgroup
    {
        get => _namedCgroup;
        set => _namedCgroup = value;
    }

    public void Start() => _thread.Start();

    public string? WatchProcess(int? pid)
    {
        lock (_lock)
        {
            _port = null;
            return SetRoot(pid);
        }
    }

    public string? WatchPort(int port)
    {
        if (port is < 1 or > 65535)
            return FormattableString.Invariant($"{port} is not a TCP port; a port is from 1 to 65535");
        lock (_lock)
        {
            _port = port;
            if (_table is null)
                return "processes cannot be listed on this system";
            var (pid, problem) = _table.FindListener(port);
            return pid is null ? SetRoot(null) ?? problem : SetRoot(pid);
        }
    }

    /// <summary>Looks for new and ended processes now, on the calling thread.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            if (_table is null || (_members.Count == 0 && _port is null))
                return;
            _table.Refresh(_processes);
            UpdateTree(rebuild: false);
            if (_port is not { } port || (_root is { } root && _members.ContainsKey(root)))
                return;
            // The server of that port has ended; a new listener there is the server from now on.
            if (_table.FindListener(port).Pid is not { } found || !TryAddRoot(found))
                return;
            _table.Refresh(_processes);
            UpdateTree(rebuild: true);
        }
    }

    /// <summary>Makes the thread look for processes soon and returns at once. Called when a phase begins, so that processes started for it
    /// are watched from its beginning.</summary>
    public void RequestRefresh()
    {
        if (!_stopping)
            _wake.Set();
    }

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (!_thread.ThreadState.HasFlag(ThreadState.Unstarted))
            _thread.Join();
        _table?.Dispose();
    }

    private string? SetRoot(int? pid)
    {
        _members.Clear();
        _root = null;
        if (pid is { } root)
        {
            if (_table is null)
                return "processes cannot be listed on this system";
            if (!TryAddRoot(root))
                return FormattableString.Invariant($"there is no process {root}");
            _processes.Clear();
            _table.Refresh(_processes);
        }
        UpdateTree(rebuild: true);
        return null;
    }

    private bool TryAddRoot(int pid)
    {
        if (_table!.Read(pid) is not { } link)
            return false;
        _root = pid;
        _members[pid] = link;
        return true;
    }

    private void UpdateTree(bool rebuild)
    {
        _exited.Clear();
        foreach (var (pid, link) in _members)
        {
            if (!_processes.TryGetValue(pid, out var now) || now.StartTime != link.StartTime)
                _exited.Add(pid);
        }
        foreach (var pid in _exited)
            _members.Remove(pid);
        var changed = rebuild || _exited.Count > 0;
        // A child may be listed before its parent, so the search repeats until it adds nothing.
        bool added;
        do
        {
            added = false;
            foreach (var (pid, link) in _processes)
            {
                if (!_members.TryGetValue(link.ParentPid, out var parent) || parent.StartTime > link.StartTime)
                    continue;
                added |= _members.TryAdd(pid, link);
            }
            changed |= added;
        }
        while (added);
        if (changed)
            _tree = new ServerProcessTree([.. _members.Keys.OrderByDescending(pid => pid == _root).ThenBy(pid => pid)]);
    }

    private void Loop()
    {
        while (!_stopping)
        {
            _wake.WaitOne(s_refreshPeriod);
            if (!_stopping)
                Refresh();
        }
    }
}
