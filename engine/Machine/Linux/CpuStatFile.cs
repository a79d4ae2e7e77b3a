namespace MemoryWall.Machine.Linux;

/// <summary>CPU times and task counts from <c>/proc/stat</c> (proc_stat(5)), in steps of 10 ms. Kept open; reading allocates nothing.
/// What the file lacks is NaN.</summary>
internal sealed class CpuStatFile : IDisposable
{
    private const int MaxCores = 4096;
    private readonly ProcFile _file;
    private readonly double[] _cores;

    private CpuStatFile(ProcFile file, int cores)
    {
        _file = file;
        _cores = new double[cores];
    }

    /// <summary>Seconds in which a processor worked, without steal and waiting for I/O.</summary>
    public double BusySeconds { get; private set; }

    /// <summary>Seconds in programs, low priority included.</summary>
    public double UserSeconds { get; private set; }

    /// <summary>Seconds in the kernel, interrupts included.</summary>
    public double SystemSeconds { get; private set; }

    /// <summary>Idle seconds while a task of that processor waited for a disk.</summary>
    public double IowaitSeconds { get; private set; }

    /// <summary>Seconds that the hypervisor gave to others while work was ready here.</summary>
    public double StealSeconds { get; private set; }

    public double ContextSwitches { get; private set; }

    public double RunnableTasks { get; private set; }

    public double BlockedTasks { get; private set; }

    /// <summary>How many logical processors the file named when it was opened.</summary>
    public int CoreCount => _cores.Length;

    /// <summary>Opens the file; null, with the reason, where that is not possible.</summary>
    public static CpuStatFile? TryOpen(LinuxRoot root, out string reason)
    {
        if (ProcFile.TryOpen(Path.Combine(root.Proc, "stat"), out reason) is not { } file)
            return null;
        var cores = 0;
        var text = file.Read();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            if (line.StartsWith("cpu"u8) && line.Length > 3 && line[3] is >= (byte)'0' and <= (byte)'9')
                cores = Math.Max(cores, (int)Math.Min(AsciiParser.ParseNumber(line[3..]), MaxCores - 1) + 1);
        }
        return new CpuStatFile(file, cores);
    }

    /// <summary>Seconds in which a logical processor worked; NaN while it is offline.</summary>
    public double CoreBusySeconds(int core) => _cores[core];

    public void Read()
    {
        BusySeconds = UserSeconds = SystemSeconds = IowaitSeconds = StealSeconds = double.NaN;
        ContextSwitches = RunnableTasks = BlockedTasks = double.NaN;
        _cores.AsSpan().Fill(double.NaN);
        var text = _file.Read();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            if (line.StartsWith("cpu"u8))
                ReadCpu(line[3..]);
            else if (line.StartsWith("ctxt "u8))
                ContextSwitches = AsciiParser.ParseNumber(line[5..]);
            else if (line.StartsWith("procs_running "u8))
                RunnableTasks = AsciiParser.ParseNumber(line[14..]);
            else if (line.StartsWith("procs_blocked "u8))
                BlockedTasks = AsciiParser.ParseNumber(line[14..]);
        }
    }

    public void Dispose() => _file.Dispose();

    // user nice system idle iowait irq softirq steal guest guest_nice; user time already includes guest time.
    private void ReadCpu(ReadOnlySpan<byte> line)
    {
        var core = line.Length > 0 && line[0] == (byte)' ' ? double.NaN : AsciiParser.TakeNumber(ref line);
        var user = AsciiParser.TakeNumber(ref line) + AsciiParser.TakeNumber(ref line);
        var system = AsciiParser.TakeNumber(ref line);
        _ = AsciiParser.TakeNumber(ref line);
        var iowait = AsciiParser.TakeNumber(ref line);
        system += AsciiParser.TakeNumber(ref line) + AsciiParser.TakeNumber(ref line);
        var steal = AsciiParser.TakeNumber(ref line);
        if (!double.IsNaN(core))
        {
            if (core < _cores.Length)
                _cores[(int)core] = (user + system) / ProcessStat.TicksPerSecond;
            return;
        }
        BusySeconds = (user + system) / ProcessStat.TicksPerSecond;
        UserSeconds = user / ProcessStat.TicksPerSecond;
        SystemSeconds = system / ProcessStat.TicksPerSecond;
        IowaitSeconds = iowait / ProcessStat.TicksPerSecond;
        StealSeconds = steal / ProcessStat.TicksPerSecond;
    }
}
