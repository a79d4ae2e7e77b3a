using System.Globalization;
using System.Text;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Processes.Linux;

/// <summary>
/// The processes in <c>/proc</c>. A process is read when it is first seen, and all of them again from time to time, because the kernel
/// reuses ids. A refresh allocates nothing while no process starts or ends.
/// </summary>
internal sealed unsafe class LinuxProcessTable : IProcessTable
{
    private const int NameOffset = 19;
    private const int RefreshesUntilAllRead = 10;
    private static readonly byte[] s_fileName = Encoding.UTF8.GetBytes($"/{ProcessStat.FileName}\0");
    private readonly LinuxRoot _root;
    private readonly byte[] _prefix;
    private readonly nint _directory;
    private readonly HashSet<int> _seen = new(4096);
    private readonly List<int> _gone = new(256);
    private int _refreshes;
    private int _unresolvedLookups;
    private (IReadOnlyList<ListeningSocket> Sockets, string? Problem)? _unresolved;

    private LinuxProcessTable(LinuxRoot root, nint directory)
    {
        _root = root;
        _directory = directory;
        _prefix = Encoding.UTF8.GetBytes(root.Proc + "/");
    }

    /// <summary>Null where <c>/proc</c> cannot be listed.</summary>
    public static LinuxProcessTable? TryOpen(LinuxRoot root)
    {
        if (IntPtr.Size != 8)
            return null;
        var directory = LinuxNative.OpenDirectory(root.Proc);
        return directory == 0 ? null : new LinuxProcessTable(root, directory);
    }

    public void Refresh(Dictionary<int, ProcessTableEntry> processes)
    {
        if (_refreshes++ % RefreshesUntilAllRead == 0)
            processes.Clear();
        _seen.Clear();
        LinuxNative.RewindDirectory(_directory);
        byte* entry;
        while ((entry = LinuxNative.ReadDirectory(_directory)) != null)
        {
            var pid = ParsePid(entry + NameOffset);
            if (pid == 0)
                continue;
            _seen.Add(pid);
            if (!processes.ContainsKey(pid) && Read(pid) is { } link)
                processes[pid] = link;
        }
        _gone.Clear();
        foreach (var pid in processes.Keys)
        {
            if (!_seen.Contains(pid))
                _gone.Add(pid);
        }
        foreach (var pid in _gone)
            processes.Remove(pid);
    }

    public ProcessTableEntry? Read(int pid)
    {
        Span<byte> path = stackalloc byte[_prefix.Length + 24];
        _prefix.CopyTo(path);
        if (pid <= 0 || !pid.TryFormat(path[_prefix.Length..], out var digits, provider: CultureInfo.InvariantCulture))
            return null;
        s_fileName.CopyTo(path[(_prefix.Length + digits)..]);
        var buffer = stackalloc byte[1024];
        int file;
        fixed (byte* start = path)
            file = LinuxNative.Open(start, LinuxNative.ReadOnlyCloseOnExec, 0);
        if (file < 0)
            return null;
        var length = (int)LinuxNative.Read(file, buffer, 1024);
        _ = LinuxNative.Close(file);
        return length > 0 && ProcessStat.TryParse(new ReadOnlySpan<byte>(buffer, length), out var stat)
            ? new ProcessTableEntry(stat.ParentPid, stat.StartTime)
            : null;
    }

    public (int? Pid, string? Problem) FindListener(int port)
    {
        var sockets = PortOwnerFinder.ReadListeningSockets(_root, port);
        // Called once a second while no process is found. A search through all processes is expensive, so a socket without a visible
        // process is searched for only in every tenth call.
        if (sockets.Count > 0 && _unresolved is { } unseen && unseen.Sockets.SequenceEqual(sockets)
            && ++_unresolvedLookups % RefreshesUntilAllRead != 0)
            return (null, unseen.Problem);
        var found = PortOwnerFinder.Find(_root, port, sockets);
        _unresolved = found.Pid is null ? (sockets, found.Problem) : null;
        return found;
    }

    public void Dispose() => _ = LinuxNative.CloseDirectory(_directory);

    private static int ParsePid(byte* name)
    {
        var pid = 0L;
        for (; *name != 0; name++)
        {
            if (*name is < (byte)'0' or > (byte)'9')
                return 0;
            pid = pid * 10 + (*name - '0');
            if (pid > int.MaxValue)
                return 0;
        }
        return (int)pid;
    }
}
