using LibreHardwareMonitor.Hardware;
using MemoryWall.Machine.Probes.Windows;

namespace MemoryWall.Engine.Tests.Machine.Probes.Windows;

public class SensorProbeTests
{
    [Fact]
    public void Read_DevicesInDevices_UpdatesAllAndConvertsUnits()
    {
        var chip = new Device("Nuvoton NCT6798D",
            [new Reading("CPU Core", SensorType.Temperature, 58.5f), new Reading("Vcore", SensorType.Voltage, 1.2f)]);
        var board = new Device("ASUS PRIME", [], chip);
        var cpu = new Device("Intel Core i7",
            [new Reading("CPU Total", SensorType.Load, 75f), new Reading("CPU Core #1", SensorType.Clock, 4700f),
                new Reading("CPU Package", SensorType.Power, null)]);
        Computer.Scripted = [cpu, board, new Device("Total Memory", [new Reading("Memory Used", SensorType.Data, 12.5f)])];

        using var probe = SensorProbe.Discover((out string reason) =>
        {
            reason = "";
            return new LibreHardwareMonitorSource();
        }).Present();
        var row = probe.Read();

        Assert.Equal(58.5, row["sensor_nuvoton_nct6798d_cpu_core_celsius"]);
        Assert.Equal(0.75, row["sensor_intel_core_i7_cpu_total_load_ratio"]!.Value, 9);
        Assert.Equal(4.7e9, row["sensor_intel_core_i7_cpu_core_1_hz"]);
        Assert.Equal(12.5 * (1L << 30), row["sensor_total_memory_memory_used_bytes"]);
        Assert.Null(row["sensor_intel_core_i7_cpu_package_watts"]);
        Assert.DoesNotContain(row.Keys, k => k.Contains("vcore"));
        Assert.Equal(2, chip.Updates);
    }

    [Fact]
    public void Read_DriverThrows_LeavesAGap()
    {
        var device = new Device("Disk", [new Reading("Temperature", SensorType.Temperature, 40f)]);
        Computer.Scripted = [device];
        using var probe = SensorProbe.Discover((out string reason) =>
        {
            reason = "";
            return new LibreHardwareMonitorSource();
        }).Present();

        device.Fails = true;

        Assert.Null(probe.Read()["sensor_disk_temperature_celsius"]);
    }

    private sealed class Device(string name, ISensor[] sensors, params IHardware[] inner) : IHardware
    {
        public int Updates { get; private set; }

        public bool Fails { get; set; }

        public string Name { get; set; } = name;

        public ISensor[] Sensors => sensors;

        public IHardware[] SubHardware => inner;

        public void Update()
        {
            if (Fails)
                throw new InvalidOperationException("bus busy");
            Updates++;
        }
    }

    private sealed class Reading(string name, SensorType type, float? value) : ISensor
    {
        public string Name { get; set; } = name;

        public SensorType SensorType => type;

        public float? Value => value;
    }
}
