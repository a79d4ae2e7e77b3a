using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Processes;

/// <summary>What a process uses; each operating system reports some of the fields.</summary>
internal enum ProcessField
{
    UserSeconds,
    SystemSeconds,
    Faults,
    MinorFaults,
    MajorFaults,
    ReadBytes,
    WriteBytes,
    RssBytes,
    AnonBytes,
    FileBytes,
    ShmemBytes,
    SwapBytes,
    PrivateBytes,
    Threads,
}

/// <summary>Reads one process; kept open.</summary>
internal interface IProcessReader : IDisposable
{
    int Pid { get; }

    /// <summary>
    /// Reads now into a row of all <see cref="ProcessField"/>s, NaN on entry. False where the process has ended; the row then
    /// contains the counters that are still readable.
    /// </summary>
    bool Read(Span<double> usage);
}

/// <summary>A column of the server's processes and the field that it sums.</summary>
internal sealed record ProcessColumn(ProcessField Field, string Name, MetricKind Kind, string Meaning)
{
    public const int FieldCount = (int)ProcessField.Threads + 1;
}
