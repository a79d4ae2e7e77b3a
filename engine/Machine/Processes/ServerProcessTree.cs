namespace MemoryWall.Machine.Processes;

/// <summary>The processes of the server under test at one moment, the root first while it lives. Empty where none is
/// watched.</summary>
/// <param name="Pids">Their ids.</param>
internal sealed record ServerProcessTree(int[] Pids)
{
    public static ServerProcessTree Empty { get; } = new([]);

    public int? RootPid => Pids.Length == 0 ? null : Pids[0];
}

/// <summary>A process's parent and start.</summary>
/// <param name="ParentPid">Its parent's id.</param>
/// <param name="StartTime">When it started, in a unit of the system; distinguishes a process from a later one with the same id.</param>
internal readonly record struct ProcessTableEntry(int ParentPid, long StartTime);

/// <summary>The machine's processes and the listeners on its ports.</summary>
internal interface IProcessTable : IDisposable
{
    /// <summary>Updates the map to the processes that live now. Entries already in it may stay without being read
    /// again.</summary>
    void Refresh(Dictionary<int, ProcessTableEntry> processes);

    /// <summary>Reads one process; null where it does not exist.</summary>
    ProcessTableEntry? Read(int pid);

    /// <summary>The process that listens on a TCP port, or why it is unknown.</summary>
    (int? Pid, string? Problem) FindListener(int port);
}
