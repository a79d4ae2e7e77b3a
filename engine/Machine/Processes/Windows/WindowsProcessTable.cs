using System.Runtime.Versioning;
using MemoryWall.Machine.Windows;

namespace MemoryWall.Machine.Processes.Windows;

/// <summary>The processes and listeners of a Windows machine. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WindowsProcessTable : IProcessTable
{
    private const int BasicInformation = 0;
    private const int Ipv4 = 2;
    private const int Ipv6 = 23;
    private int[] _pids = new int[4096];

    public void Refresh(Dictionary<int, ProcessTableEntry> processes)
    {
        processes.Clear();
        uint bytes;
        fixed (int* pids = _pids)
        {
            if (!WindowsNative.EnumProcesses(pids, (uint)_pids.Length * sizeof(int), out bytes))
                return;
        }
        var count = (int)(bytes / sizeof(int));
        for (var i = 0; i < count; i++)
        {
            if (Read(_pids[i]) is { } link)
                processes[_pids[i]] = link;
        }
        if (count == _pids.Length)
            _pids = new int[_pids.Length * 2];
    }

    public ProcessTableEntry? Read(int pid)
    {
        var handle = WindowsNative.OpenProcess(WindowsNative.QueryLimited, false, pid);
        if (handle == 0)
            return null;
        // PROCESS_BASIC_INFORMATION: six words, the last one the parent's id.
        var information = stackalloc nint[6];
        var known = WindowsNative.NtQueryInformationProcess(handle, BasicInformation, information, (uint)(6 * sizeof(nint)), null) == 0;
        var timed = WindowsNative.GetProcessTimes(handle, out var created, out var exited, out _, out _);
        _ = WindowsNative.CloseHandle(handle);
        return known && timed && exited == 0 ? new ProcessTableEntry((int)information[5], created) : null;
    }

    public (int? Pid, string? Problem) FindListener(int port)
    {
        // MIB_TCPROW_OWNER_PID: state, local address, local port, remote address, remote port, pid; the IPv6 row has 16-byte addresses and
        // scopes.
        var pid = FindListenerInTable(port, Ipv4, rowBytes: 24, portAt: 8, pidAt: 20)
            ?? FindListenerInTable(port, Ipv6, rowBytes: 56, portAt: 20, pidAt: 52);
        return pid is null ? (null, FormattableString.Invariant($"no process of this machine listens on port {port}")) : (pid, null);
    }

    public void Dispose()
    {
    }

    private static int? FindListenerInTable(int port, int family, int rowBytes, int portAt, int pidAt)
    {
        uint size = 0;
        _ = WindowsNative.GetExtendedTcpTable(null, ref size, false, family, WindowsNative.OwnerPidListeners, 0);
        if (size is 0 or > 16 << 20)
            return null;
        var table = new byte[size + 4096];
        size = (uint)table.Length;
        fixed (byte* start = table)
        {
            if (WindowsNative.GetExtendedTcpTable(start, ref size, false, family, WindowsNative.OwnerPidListeners, 0) != 0)
                return null;
        }
        return TcpTable.FindPid(table, rowBytes, portAt, pidAt, port);
    }
}
