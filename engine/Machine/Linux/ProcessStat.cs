namespace MemoryWall.Machine.Linux;

/// <summary>The numbers of <c>/proc/PID/stat</c> that the engine uses (proc_pid_stat(5)).</summary>
internal readonly record struct ProcessStat
{
    // USER_HZ, the unit of times in /proc, is 100 on every architecture that .NET runs on.
    public const double TicksPerSecond = 100;

    /// <summary>The name of the file in the folder of a process.</summary>
    public const string FileName = "stat";

    /// <summary>Whether the process has ended with all its threads: its memory is freed and its counters are final. A process whose first
    /// thread has ended is a zombie too while others live, such as one that is killed inside a long system call.</summary>
    public required bool HasEnded { get; init; }

    /// <summary>The parent's id.</summary>
    public required int ParentPid { get; init; }

    /// <summary>Page faults that needed no storage.</summary>
    public required double MinorFaults { get; init; }

    /// <summary>Page faults that waited for storage.</summary>
    public required double MajorFaults { get; init; }

    /// <summary>CPU time in programs.</summary>
    public required double UserSeconds { get; init; }

    /// <summary>CPU time in the kernel.</summary>
    public required double SystemSeconds { get; init; }

    /// <summary>When the process started, in clock ticks since boot.</summary>
    public required long StartTime { get; init; }

    /// <summary>Opens the file of one process; null where the process does not exist.</summary>
    public static ProcFile? TryOpen(LinuxRoot root, int pid) => ProcFile.TryOpen(root.ProcessFile(pid, FileName));

    /// <summary>Reads the file of one process once; null where the process does not exist.</summary>
    public static ProcessStat? Read(LinuxRoot root, int pid)
    {
        using var file = TryOpen(root, pid);
        return file is not null && TryParse(file.Read(), out var stat) ? stat : null;
    }

    /// <summary>Parses the line; false where it is malformed. The command name may contain blanks and brackets: it ends at the last
    /// bracket.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ProcessStat stat)
    {
        stat = default;
        var bracket = text.LastIndexOf((byte)')');
        if (bracket < 0)
            return false;
        var rest = text[(bracket + 1)..];
        var state = AsciiParser.TakeWord(ref rest);
        var parent = AsciiParser.TakeNumber(ref rest);
        AsciiParser.SkipWords(ref rest, 5);
        var minor = AsciiParser.TakeNumber(ref rest);
        AsciiParser.SkipWords(ref rest, 1);
        var major = AsciiParser.TakeNumber(ref rest);
        AsciiParser.SkipWords(ref rest, 1);
        var user = AsciiParser.TakeNumber(ref rest);
        var system = AsciiParser.TakeNumber(ref rest);
        AsciiParser.SkipWords(ref rest, 4);
        var threads = AsciiParser.TakeNumber(ref rest);
        AsciiParser.SkipWords(ref rest, 1);
        var start = AsciiParser.TakeNumber(ref rest);
        if (double.IsNaN(start) || double.IsNaN(parent) || parent > int.MaxValue)
            return false;
        stat = new ProcessStat
        {
            HasEnded = (state.SequenceEqual("Z"u8) || state.SequenceEqual("X"u8)) && !(threads > 1),
            ParentPid = (int)parent,
            MinorFaults = minor,
            MajorFaults = major,
            UserSeconds = user / TicksPerSecond,
            SystemSeconds = system / TicksPerSecond,
            StartTime = (long)start,
        };
        return true;
    }
}
