using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>CPU time of the machine, in all and by logical processor, from <c>/proc/stat</c> (in steps of 10 ms).</summary>
internal sealed class HostCpuProbe : IProbe
{
    private readonly ProcFile _file;
    private readonly ProbeColumns _columns = new("host_cpu");
    private readonly int _busy, _user, _system, _iowait, _steal, _switches, _runnable, _blocked, _firstCore, _cores;

    private HostCpuProbe(ProcFile file, int cores)
    {
        _file = file;
        _cores = cores;
        _busy = _columns.AddCounter("host_cpu_busy_seconds_total",
            "CPU time spent working, all processors, steal and waiting for I/O left out.");
        _user = _columns.AddCounter("host_cpu_user_seconds_total", "CPU time in programs, low priority included.");
        _system = _columns.AddCounter("host_cpu_system_seconds_total", "CPU time in the kernel, interrupts included.");
        _iowait = _columns.AddCounter("host_cpu_iowait_seconds_total",
            "Idle CPU time while a task of that processor waited for a disk; a hint, not a measure.");
        _steal = _columns.AddCounter("host_cpu_steal_seconds_total",
            "CPU time that the hypervisor gave to others while work was ready here.");
        _switches = _columns.AddCounter("host_context_switches_total", "Context switches, all processors.");
        _runnable = _columns.AddGauge("host_runnable_tasks", "Tasks running or ready to run.");
        _blocked = _columns.AddGauge("host_blocked_tasks", "Tasks waiting for a disk.");
        _firstCore = _columns.All.Count;
        for (var i = 0; i < cores; i++)
            _columns.AddCounter(FormattableString.Invariant($"cpu{i}_busy_seconds_total"),
                "CPU time spent working on this logical processor.");
    }

    public string Name => "host_cpu";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads one file of /proc";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        if (ProcFile.TryOpen(Path.Combine(root.Proc, "stat"), out var reason) is not { } file)
            return ProbeDiscovery.Missing("host_cpu", reason);
        var cores = 0;
        var text = file.Read();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            if (line.StartsWith("cpu"u8) && line.Length > 3 && line[3] is >= (byte)'0' and <= (byte)'9')
                cores = Math.Max(cores, (int)Math.Min(AsciiParser.ParseNumber(line[3..]), 4095) + 1);
        }
        return ProbeDiscovery.Found(new HostCpuProbe(file, cores));
    }

    public void Read(Span<double> row)
    {
        var text = _file.Read();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            if (line.StartsWith("cpu"u8))
                ReadCpu(line[3..], row);
            else if (line.StartsWith("ctxt "u8))
                row[_switches] = AsciiParser.ParseNumber(line[5..]);
            else if (line.StartsWith("procs_running "u8))
                row[_runnable] = AsciiParser.ParseNumber(line[14..]);
            else if (line.StartsWith("procs_blocked "u8))
                row[_blocked] = AsciiParser.ParseNumber(line[14..]);
        }
    }

    public void Dispose() => _file.Dispose();

    // user nice system idle iowait irq softirq steal guest guest_nice; guest time is already in user time (proc_stat(5)).
    private void ReadCpu(ReadOnlySpan<byte> line, Span<double> row)
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
            if (core < _cores)
                row[_firstCore + (int)core] = (user + system) / ProcessStat.TicksPerSecond;
            return;
        }
        row[_busy] = (user + system) / ProcessStat.TicksPerSecond;
        row[_user] = user / ProcessStat.TicksPerSecond;
        row[_system] = system / ProcessStat.TicksPerSecond;
        row[_iowait] = iowait / ProcessStat.TicksPerSecond;
        row[_steal] = steal / ProcessStat.TicksPerSecond;
    }
}
