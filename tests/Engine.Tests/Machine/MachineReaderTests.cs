using MemoryWall.Core.Facts;
using MemoryWall.Machine;
using MemoryWall.Machine.Facts;

namespace MemoryWall.Engine.Tests.Machine;

public class MachineReaderTests
{
    private static readonly MachineFacts Nothing = new() { OperatingSystem = "?", Architecture = "X64" };

    [Fact]
    public void Read_ThisMachine_AgreesWithTheRuntime()
    {
        var facts = MachineReader.Read();

        Assert.NotEmpty(facts.OperatingSystem);
        // Under a memory limit the .NET runtime reports its own share of it.
        if (facts.MemoryLimitBytes is null)
            Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, facts.MemoryTotalBytes);
        Assert.InRange(facts.AvailableCores!.Value, 1, Environment.ProcessorCount);
        Assert.InRange(facts.MemoryAvailableBytes!.Value, 1, facts.MemoryTotalBytes!.Value);
        Assert.NotNull(facts.SwapTotalBytes);
    }

    [Fact]
    public void Read_LaptopOnCgroupV2_TellsEverything()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");

        var facts = LinuxMachineReader.Read(capture.Root, Nothing);

        Assert.Equal("Ubuntu 24.04.1 LTS", facts.OperatingSystem);
        Assert.Equal("6.8.0-45-generic", facts.Kernel);
        Assert.Equal("13th Gen Intel(R) Core(TM) i7-1355U", facts.CpuModel);
        Assert.Equal(4, facts.LogicalCores);
        Assert.Equal(3, facts.PhysicalCores);
        Assert.Equal(2, facts.AvailableCores);
        Assert.Equal(16_076_852L * 1024, facts.MemoryTotalBytes);
        Assert.Equal(8L << 30, facts.MemoryLimitBytes);
        Assert.Equal(2_097_148L * 1024, facts.SwapTotalBytes);
        Assert.Equal("battery discharging; governor powersave; turbo on; platform profile balanced", facts.Power);
        Assert.Equal("hottest zone x86_pkg_temp 61.5 °C; 14 throttle events since boot", facts.Thermal);
        Assert.Null(facts.Virtualization);
    }

    [Fact]
    public void Read_DockerOnCgroupV1WithoutNamespace_FindsItsOwnLimits()
    {
        using var capture = Capture.Unpack("docker-cgroup-v1");

        var facts = LinuxMachineReader.Read(capture.Root, Nothing);

        Assert.Equal(2L << 30, facts.MemoryLimitBytes);
        Assert.Equal(1, facts.AvailableCores);
        Assert.Contains("docker", facts.Virtualization);
    }

    [Fact]
    public void Read_PodOnCgroupV2WithNamespace_FindsItsOwnLimits()
    {
        using var capture = Capture.Unpack("pod-cgroup-v2");

        var facts = LinuxMachineReader.Read(capture.Root, Nothing);

        Assert.Equal(4L << 30, facts.MemoryLimitBytes);
        Assert.Equal(2, facts.AvailableCores);
    }

    [Fact]
    public void Read_HybridVirtualMachine_TakesMemoryFromV1()
    {
        using var capture = Capture.Unpack("vm-cgroup-hybrid");

        var facts = LinuxMachineReader.Read(capture.Root, Nothing);

        Assert.Equal(700L << 20, facts.MemoryLimitBytes);
        Assert.Equal(2, facts.AvailableCores);
        Assert.Equal(0, facts.SwapTotalBytes);
        Assert.StartsWith("virtual", facts.Virtualization);
    }

    [Fact]
    public void Read_EmptyMachine_IsAllAbsent()
    {
        using var capture = Capture.From("=== proc/nothing\n");

        var facts = LinuxMachineReader.Read(capture.Root, Nothing);

        Assert.Equal(Nothing, facts with { Gpus = Nothing.Gpus });
        Assert.Empty(GpuReader.ReadAmd(capture.Root));
    }

    [Theory]
    [InlineData("processor\t: 0\nflags\t\t: fpu sse2 avx avx2 fma avx512f avx512_vnni amx_int8\n",
        "amx_int8 avx avx2 avx512_vnni avx512f fma")]
    [InlineData("processor\t: 0\nFeatures\t: fp asimd aes asimddp i8mm\n", "asimd asimddp i8mm")]
    [InlineData("processor\t: 0\nflags\t\t: fpu sse2\n", "")]
    [InlineData("processor\t: 0\n", null)]
    [InlineData(null, null)]
    public void InstructionSets_CpuInfo_KeepsThoseThatDecideTheSpeed(string? cpuinfo, string? expected) =>
        Assert.Equal(expected?.Split(' ', StringSplitOptions.RemoveEmptyEntries), InstructionSets.FromCpuInfo(cpuinfo));

    // The kernel hides what the processor has and the system does not support.
    [Fact]
    public void InstructionSets_ThisProcessor_HasAllThatTheKernelNames()
    {
        var named = MachineReader.Read().InstructionSets;
        if (InstructionSets.FromProcessor() is { } reported && named is not null)
            Assert.Empty(named.Except(reported));
    }
}
