using MemoryWall.Facts;
using MemoryWall.Telemetry;
using MemoryWall.Telemetry.Ceilings;

namespace MemoryWall.Engine.Tests.Telemetry;

public class CeilingProbeTests
{
    [Fact]
    public void Measure_ThisMachine_IsPossibleAndPlausible()
    {
        var ceilings = CeilingProbe.Measure(MachineReader.Read());

        // Wide enough for a busy or tiny machine, narrow enough that a loop which was optimised away (or does not run) shows.
        Assert.InRange(ceilings.MemoryReadBytesPerSecond!.Value / ceilings.Threads, 0.2e9, 400e9);
        Assert.InRange(ceilings.F32FlopsPerSecond!.Value / ceilings.Threads, 0.1e9, 400e9);
        Assert.True(ceilings.MemorySpread >= 1);
    }

    [Fact]
    public void Measure_LittleMemory_LeavesBandwidthAbsentAndSaysWhy()
    {
        var machine = new MachineFacts { OperatingSystem = "test", Architecture = "X64", AvailableCores = 1, MemoryAvailableBytes = 64 << 20 };

        var ceilings = CeilingProbe.Measure(machine);

        Assert.Null(ceilings.MemoryReadBytesPerSecond);
        Assert.NotNull(ceilings.F32FlopsPerSecond);
        Assert.Contains(ceilings.Notes, n => n.Contains("too little free memory"));
    }

    [Fact]
    public void Measure_Cancelled_IsAbsent()
    {
        var ceilings = CeilingProbe.Measure(MachineReader.Read(), new CancellationToken(canceled: true));

        Assert.Null(ceilings.MemoryReadBytesPerSecond);
        Assert.Null(ceilings.F32FlopsPerSecond);
    }
}
