using MemoryWall.Machine.Facts;
using MemoryWall.Machine.Gpu;
using MemoryWall.Machine.Probes.Gpu;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Engine.Tests.Machine.Probes.Gpu;

public class GpuProbeTests
{
    [Fact]
    public void Nvml_TwoDevices_ReadsEachInItsUnits()
    {
        using var watch = new ServerWatch(new OneProcess(77));
        Assert.Null(watch.WatchProcess(77));
        using var probe = NvmlProbe.Create(new ScriptedNvml(), watch);

        var row = probe.Read();

        Assert.Equal(0.97, row["gpu0_utilization_ratio"]!.Value, 9);
        Assert.Equal(24e9, row["gpu0_memory_used_bytes"]);
        Assert.Equal(20e9, row["gpu0_server_memory_bytes"]);
        Assert.Equal(1.98e9, row["gpu0_sm_clock_hz"]);
        Assert.Equal(312.5, row["gpu0_power_watts"]);
        Assert.Equal(1234.5, row["gpu0_energy_joules_total"]);
        // Bit 0 (idle) does not mean throttling.
        Assert.Equal(0x40, row["gpu0_throttle_bits"]);
        Assert.Equal(1024.0 * 500, row["gpu0_pcie_received_bytes_per_second"]);
    }

    [Fact]
    public void Nvml_DeviceThatAnswersNothing_IsAbsentNotZero()
    {
        using var watch = new ServerWatch(new OneProcess(77));
        watch.WatchProcess(77);
        using var probe = NvmlProbe.Create(new ScriptedNvml(), watch);

        var row = probe.Read();

        Assert.All(row.Where(c => c.Key.StartsWith("gpu1_")), c => Assert.Null(c.Value));
    }

    [Fact]
    public void Nvml_BytesHiddenByTheDriver_MakeTheServersShareAbsent()
    {
        using var watch = new ServerWatch(new OneProcess(78));
        watch.WatchProcess(78);
        using var probe = NvmlProbe.Create(new ScriptedNvml(), watch);

        Assert.Null(probe.Read()["gpu0_server_memory_bytes"]);
    }

    [Fact]
    public void Nvml_ServerNotListed_IsNotTakenForZero()
    {
        using var watch = new ServerWatch(new OneProcess(79));
        watch.WatchProcess(79);
        using var probe = NvmlProbe.Create(new ScriptedNvml(), watch);

        Assert.Null(probe.Read()["gpu0_server_memory_bytes"]);
    }

    [Fact]
    public void Nvml_MissingHere_SaysWhy()
    {
        using var nvml = NvmlLibrary.TryLoad(out var reason);
        Assert.SkipWhen(nvml is not null, "this machine has an NVIDIA driver");
        Assert.Contains("nvml", reason.Replace("nvidia-ml", "nvml"));
    }

    [Fact]
    public void NvmlFacts_Devices_HaveNameAndMemory()
    {
        var gpus = GpuReader.ReadNvidia(new ScriptedNvml());

        Assert.Equal("Scripted 0", gpus[0].Name);
        Assert.Equal(80_000_000_000, gpus[0].MemoryBytes);
        Assert.Equal("570.1", gpus[0].Driver);
        Assert.Null(gpus[1].MemoryBytes);
    }

    [Fact]
    public void Amd_CapturedFolder_IsRead()
    {
        using var capture = Capture.Unpack("amd-gpu");

        var facts = Assert.Single(GpuReader.ReadAmd(capture.Root));
        using var probe = AmdProbe.Discover(capture.Root).Present();
        var row = probe.Read();

        Assert.Equal("AMD device 0x744c", facts.Name);
        Assert.Equal(25_753_026_560, facts.MemoryBytes);
        Assert.Equal(0.83, row["amd_gpu0_utilization_ratio"]!.Value, 9);
        Assert.Equal(18_253_611_008, row["amd_gpu0_memory_used_bytes"]);
        Assert.Equal(287, row["amd_gpu0_power_watts"]!.Value, 6);
        Assert.Equal(71, row["amd_gpu0_temperature_celsius"]);
        Assert.Equal(2.525e9, row["amd_gpu0_sm_clock_hz"]);
        Assert.DoesNotContain("amd_gpu0_memory_busy_ratio", row.Keys);
    }

    private sealed class OneProcess(int pid) : IProcessTable
    {
        public void Refresh(Dictionary<int, ProcessTableEntry> processes) => processes[pid] = new ProcessTableEntry(1, 1);

        public ProcessTableEntry? Read(int asked) => asked == pid ? new ProcessTableEntry(1, 1) : null;

        public (int? Pid, string? Problem) FindListener(int port) => (pid, null);

        public void Dispose()
        {
        }
    }
}
