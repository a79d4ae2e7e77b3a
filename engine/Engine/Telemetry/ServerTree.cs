namespace MemoryWall.Telemetry;

/// <summary>The processes of the server under test at one moment, the root first as long as it lives. Empty where none is watched.</summary>
/// <param name="Pids">Their ids.</param>
internal sealed record ServerTree(int[] Pids)
{
    public static ServerTree None { get; } = new([]);

    public int? Root => Pids.Length == 0 ? null : Pids[0];
}

/// <summary>Where a process comes from.</summary>
/// <param name="Parent">Its parent's id.</param>
/// <param name="Start">When it started, in a unit of the system's own; tells a process from a later one with the same id.</param>
internal readonly record struct ProcessLink(int Parent, long Start);

/// <summary>The machine's processes and who listens on its ports.</summary>
internal interface IProcessTable : IDisposable
{
    /// <summary>Replaces the content of the map with the processes that live now. Processes already in it may be taken over unread.</summary>
    void Refresh(Dictionary<int, ProcessLink> processes);

    /// <summary>Reads one process; null where it is not there.</summary>
    ProcessLink? Read(int pid);

    /// <summary>The process that listens on a TCP port, or why it is not known.</summary>
    (int? Pid, string? Problem) Listener(int port);
}
