namespace MemoryWall.Machine.Processes;

/// <summary>The processes of the server under test at one moment, the root first as long as it lives. Empty where none is
/// watched.</summary>
/// <param name="Pids">Their ids.</param>
internal sealed record ServerProcessTree(int[] Pids)
{
    public static ServerProcessTree Empty { get; } = new([]);

    public int? RootPid => Pids.Length == 0 ? null : Pids[0];
}

/// <summary>Where a process comes from.</summary>
/// <param name="ParentPid">Its parent's id.</param>
/// <param name="StartTime">When it started, in a unit of the system's own; tells a process from a later one with the same id.</param>
internal readonly record struct ProcessTableEntry(int ParentPid, long StartTime);

/// <summary>The machine's processes and who listens on its ports.</summary>
internal interface IProcessTable : IDisposable
{
    /// <summary>Replaces the content of the map with the processes that live now. Processes already in it may be taken over
    /// unread.</summary>
    void Refresh(Dictionary<int, ProcessTableEntry> processes);

    /// <summary>Reads one process; null where it is not there.</summary>
    ProcessTableEntry? Read(int pid);

    /// <summary>The process that listens on a TCP port, or why it is not known.</summary>
    (int? Pid, string? Problem) FindListener(int port);
}
