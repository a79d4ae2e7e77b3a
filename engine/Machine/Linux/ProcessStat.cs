namespace MemoryWall.Machine.Linux;

/// <summary>The numbers of <c>/proc/PID/stat</c> that the engine uses (proc_pid_stat(5)).</summary>
internal readonly record struct ProcessStat(bool HasEnded, int ParentPid, double MinorFaults, double MajorFaults, double UserSeconds,
    double SystemSeconds, long StartTime)
{
    // USER_HZ, the unit of times in /proc, is 100 on every architecture that .NET runs on.
    public const double TicksPerSecond = 100;

    /// <summary>Reads the line; false where it is not one. The command's name may hold blanks and brackets: its end is the last
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
        AsciiParser.SkipWords(ref rest, 6);
        var start = AsciiParser.TakeNumber(ref rest);
        if (double.IsNaN(start) || double.IsNaN(parent) || parent > int.MaxValue)
            return false;
        // Zombie or dead: its memory is gone, its counters are final, its parent has not asked for it yet.
        var ended = state.SequenceEqual("Z"u8) || state.SequenceEqual("X"u8);
        stat = new ProcessStat(ended, (int)parent, minor, major, user / TicksPerSecond, system / TicksPerSecond, (long)start);
        return true;
    }
}
