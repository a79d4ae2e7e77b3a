using System.Runtime.Versioning;
using MemoryWall.Machine.Mac;

namespace MemoryWall.Machine.Processes.Mac;

/// <summary>The processes of a Mac. Compiles everywhere; not run here.</summary>
[SupportedOSPlatform("macos")]
internal sealed unsafe class MacProcessTable : IProcessTable
{
    private const uint AllPids = 1;
    private const int BsdInfo = 3;

    // proc_bsdinfo: the parent's id at 16, the start in seconds at 120 and microseconds at 128, 136 bytes in all.
    private const int BsdInfoBytes = 136;

    public void Refresh(Dictionary<int, ProcessTableEntry> processes)
    {
        processes.Clear();
        var pids = new int[16 << 10];
        int bytes;
        fixed (int* start = pids)
            bytes = MacNative.ListProcesses(AllPids, 0, start, pids.Length * sizeof(int));
        for (var i = 0; i < bytes / sizeof(int); i++)
        {
            if (pids[i] > 0 && Read(pids[i]) is { } link)
                processes[pids[i]] = link;
        }
    }

    public ProcessTableEntry? Read(int pid)
    {
        var information = stackalloc byte[BsdInfoBytes];
        if (MacNative.ProcessInfo(pid, BsdInfo, 0, information, BsdInfoBytes) != BsdInfoBytes)
            return null;
        return new ProcessTableEntry(*(int*)(information + 16), *(long*)(information + 120) * 1_000_000 + *(long*)(information + 128));
    }

    public (int? Pid, string? Problem) FindListener(int port) =>
        (null, FormattableString.Invariant($"macOS does not report which process listens on port {port}; give the server's process id"));

    public void Dispose()
    {
    }
}
