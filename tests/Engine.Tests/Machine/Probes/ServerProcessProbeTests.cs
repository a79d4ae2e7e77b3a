using CsCheck;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Engine.Tests.Machine.Probes;

/// <summary>The sums over a server's processes while processes start and end, as after a restart or with Ollama's runner.</summary>
public class ServerProcessProbeTests
{
    private static readonly ProcessColumn[] s_columns =
    [
        new(ProcessField.UserSeconds, "cpu_seconds_total", MetricKind.Counter, ""),
        new(ProcessField.ReadBytes, "read_bytes_total", MetricKind.Counter, ""),
        new(ProcessField.AnonBytes, "anon_bytes", MetricKind.Gauge, ""),
    ];

    [Fact]
    public void ChildEnds_ItsCpuStaysAndItsMemoryGoes()
    {
        var machine = new Machine { [10] = new(1, 5, 100, 1000), [11] = new(10, 3, 50, 2000) };
        var (watch, probe) = machine.Watched(10);
        Assert.Equal((8, 150, 3000), Row(probe));

        machine.Remove(11);
        watch.Refresh();

        Assert.Equal((8, 150, 1000), Row(probe));
    }

    [Fact]
    public void ServerIsRestarted_CountersGoOnFromWhereTheyWere()
    {
        var machine = new Machine { [10] = new(1, 500, 7000, 1000) };
        var (watch, probe) = machine.Watched(10);
        _ = Row(probe);
        machine.Remove(10);
        watch.Refresh();
        Assert.Equal((null, null, null), Row(probe));

        machine[20] = new Process(1, 0.5, 30, 900) { Start = 77 };
        watch.WatchProcess(20);

        Assert.Equal((500.5, 7030, 900), Row(probe));
    }

    [Fact]
    public void ProcessThatNoLongerTellsAField_DoesNotTakeItsPastAlong()
    {
        var machine = new Machine { [10] = new(1, 5, 100, 1000), [11] = new(10, 3, 50, 2000) };
        var (watch, probe) = machine.Watched(10);
        _ = Row(probe);
        machine[11] = machine[11] with { Hides = true };
        // A sum without this process would be too small.
        Assert.Equal((8, null, 3000), Row(probe));

        machine.Remove(11);
        watch.Refresh();

        Assert.Equal((8, 150, 1000), Row(probe));
    }

    [Fact]
    public void IdUsedAgain_TheNewProcessIsCounted()
    {
        var machine = new Machine { [10] = new(1, 5, 100, 1000), [11] = new(10, 3, 50, 2000) };
        var (watch, probe) = machine.Watched(10);
        _ = Row(probe);

        machine[11] = new Process(10, 1, 10, 500) { Start = 9 };
        watch.Refresh();

        Assert.Equal((9, 160, 1500), Row(probe));
    }

    [Fact]
    public void AnyComingAndGoing_CountersNeverFall() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3], Gen.Double[0, 9]).Array[1, 40].Sample(steps =>
        {
            var machine = new Machine { [10] = new(1, 1, 1, 1) };
            var (watch, probe) = machine.Watched(10);
            double cpu = 0, read = 0;
            foreach (var (which, what, amount) in steps)
            {
                var pid = 11 + which;
                if (what == 0)
                    machine.Remove(pid);
                else if (!machine.TryGetValue(pid, out var now))
                    machine[pid] = new Process(10, amount, amount, amount) { Start = machine.NextStart++ };
                else
                    machine[pid] = now with { Cpu = now.Cpu + amount, Read = now.Read + amount, Hides = what == 1 };
                if (what != 2)
                    watch.Refresh();
                var row = Row(probe);
                Assert.True(!(row.Cpu < cpu - 1e-9) && !(row.Read < read - 1e-9), $"{row} after {cpu}, {read}");
                (cpu, read) = (row.Cpu ?? cpu, row.Read ?? read);
            }
        });

    private static (double? Cpu, double? Read, double? Anon) Row(ServerProcessProbe probe)
    {
        var row = probe.Read();
        return (row["cpu_seconds_total"], row["read_bytes_total"], row["anon_bytes"]);
    }

    private sealed record Process(int Parent, double Cpu, double Read, double Anon)
    {
        public long Start { get; init; } = 1;

        /// <summary>Whether its values are no longer readable.</summary>
        public bool Hides { get; init; }
    }

    private sealed class Machine : Dictionary<int, Process>, IProcessTable
    {
        public long NextStart { get; set; } = 100;

        public (ServerWatch Watch, ServerProcessProbe Probe) Watched(int pid)
        {
            var watch = new ServerWatch(this);
            Assert.Null(watch.WatchProcess(pid));
            return (watch, new ServerProcessProbe(watch, Open, s_columns, ""));
        }

        public void Refresh(Dictionary<int, ProcessTableEntry> processes)
        {
            processes.Clear();
            foreach (var (pid, process) in this)
                processes[pid] = new ProcessTableEntry(process.Parent, process.Start);
        }

        public ProcessTableEntry? Read(int pid) =>
            TryGetValue(pid, out var process) ? new ProcessTableEntry(process.Parent, process.Start) : null;

        public (int? Pid, string? Problem) FindListener(int port) => (null, "none");

        public void Dispose()
        {
        }

        private Reader? Open(int pid) => TryGetValue(pid, out var process) ? new Reader(this, pid, process.Start) : null;
    }

    private sealed class Reader(Machine machine, int pid, long start) : IProcessReader
    {
        public int Pid => pid;

        public bool Read(Span<double> usage)
        {
            if (!machine.TryGetValue(pid, out var process) || process.Start != start)
                return false;
            usage[(int)ProcessField.UserSeconds] = process.Cpu;
            usage[(int)ProcessField.ReadBytes] = process.Hides ? double.NaN : process.Read;
            usage[(int)ProcessField.AnonBytes] = process.Anon;
            return true;
        }

        public void Dispose()
        {
        }
    }
}
