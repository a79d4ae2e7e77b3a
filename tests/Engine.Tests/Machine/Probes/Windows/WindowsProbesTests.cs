using MemoryWall.Machine.Probes.Windows;
using MemoryWall.Machine.Processes.Windows;

namespace MemoryWall.Engine.Tests.Machine.Probes.Windows;

public class WindowsProbesTests
{
    [Fact]
    public void Counters_WordBeginsAgain_SumGoesOn()
    {
        var counters = new ScriptedCounters
        {
            ["Memory|Pages Input/sec|"] = 4_294_967_290,
            ["PhysicalDisk|Disk Read Bytes/sec|_Total"] = 1000
        };
        using var probe = PerformanceCounterProbe.Discover(counters, 4096).Present();
        Assert.Equal(["host_page_in_bytes_total", "disk_all_read_bytes_total"], probe.Columns.Select(c => c.Name));
        probe.Read();

        counters["Memory|Pages Input/sec|"] = 4;
        counters["PhysicalDisk|Disk Read Bytes/sec|_Total"] = 6_000_001_000;
        var row = probe.Read();

        Assert.Equal(10.0 * 4096, row["host_page_in_bytes_total"]);
        Assert.Equal(6e9, row["disk_all_read_bytes_total"]);
    }

    [Fact]
    public void Counters_ThatStopAnswering_AreAbsent()
    {
        var counters = new ScriptedCounters { ["Memory|Page Faults/sec|"] = 5 };
        using var probe = PerformanceCounterProbe.Discover(counters, 4096).Present();

        counters["Memory|Page Faults/sec|"] = null;

        Assert.Null(probe.Read()["host_faults_total"]);
    }

    [Fact]
    public void Counters_NoneThere_SayWhatWouldHelp() =>
        Assert.Contains("lodctr", PerformanceCounterProbe.Discover(new ScriptedCounters(), 4096).Absent!.Remedy);

    [Fact]
    public void Sensors_NotInThisBuild_NameDriverAndProperty()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a build on Windows has the library");
        var absent = SensorProbe.Discover(SensorSources.TryOpen).Absent!;
        Assert.Contains("LibreHardwareMonitorLib", absent.Reason);
        Assert.Contains("PawnIO", absent.Remedy);
        Assert.Contains("-p:WithLibreHardwareMonitor=true", absent.Remedy);
    }

    [Fact]
    public void PortTable_Listener_IsFoundByItsPort()
    {
        // Two rows of MIB_TCPTABLE_OWNER_PID: state, address, port in network order, …, pid.
        byte[] table =
        [
            2, 0, 0, 0,
            2, 0, 0, 0, 127, 0, 0, 1, 0x1F, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x12, 0, 0,
            2, 0, 0, 0, 127, 0, 0, 1, 0x2C, 0xAA, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x22, 0, 0,
        ];

        Assert.Equal(0x2221, TcpTable.FindPid(table, rowBytes: 24, portOffset: 8, pidOffset: 20, port: 11434));
        Assert.Null(TcpTable.FindPid(table, rowBytes: 24, portOffset: 8, pidOffset: 20, port: 11435));
    }

    private sealed class ScriptedCounters : Dictionary<string, long?>, IPerformanceCounters
    {
        public Func<long?>? Open(string category, string counter, string instance)
        {
            var name = $"{category}|{counter}|{instance}";
            return ContainsKey(name) ? () => this[name] : null;
        }
    }
}
