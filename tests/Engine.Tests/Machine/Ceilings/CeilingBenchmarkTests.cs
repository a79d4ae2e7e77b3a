using MemoryWall.Core.Facts;
using MemoryWall.Machine;
using MemoryWall.Machine.Ceilings;

namespace MemoryWall.Engine.Tests.Machine.Ceilings;

public class CeilingBenchmarkTests
{
    [Fact]
    public void Measure_ThisMachine_IsPossibleAndPlausible()
    {
        var ceilings = CeilingBenchmark.Measure(MachineReader.Read());

        // Wide enough for a busy or very small machine, and narrow enough to find a loop that was optimised away.
        AssertBetween(ceilings, ceilings.MemoryReadBytesPerSecond, 0.2e9, 400e9);
        AssertBetween(ceilings, ceilings.F32FlopsPerSecond, 0.1e9, 400e9);
        Assert.True(ceilings.MemorySpread >= 1);
    }

    [Fact]
    public void Best_PassesThatSharedTheProcessors_DoNotCount()
    {
        var notes = new List<string>();

        Assert.Equal(20, CeilingBenchmark.MaxRate([new LoopPass(10, 1), new LoopPass(20, 0.99), new LoopPass(30, 0.9)], "memory", notes));
        Assert.Empty(notes);
        Assert.Null(CeilingBenchmark.MaxRate([new LoopPass(10, 0.5), new LoopPass(12, 0.6)], "memory", notes));
        Assert.Contains("left us 60% of the CPU", Assert.Single(notes));
        Assert.Null(CeilingBenchmark.MaxRate([], "memory", []));
    }

    [Fact]
    public void Measure_LittleMemory_LeavesBandwidthAbsentAndSaysWhy()
    {
        var machine = new MachineFacts
        {
            OperatingSystem = "test",
            Architecture = "X64",
            AvailableCores = 1,
            MemoryAvailableBytes = 64 << 20
        };

        var ceilings = CeilingBenchmark.Measure(machine);

        Assert.Null(ceilings.MemoryReadBytesPerSecond);
        AssertBetween(ceilings, ceilings.F32FlopsPerSecond, 0.1e9, 400e9);
        Assert.Contains(ceilings.Notes, n => n.Contains("too little free memory"));
    }

    [Fact]
    public void Measure_Cancelled_IsAbsent()
    {
        var ceilings = CeilingBenchmark.Measure(MachineReader.Read(), new CancellationToken(canceled: true));

        Assert.Null(ceilings.MemoryReadBytesPerSecond);
        Assert.Null(ceilings.F32FlopsPerSecond);
    }

    // On a busy machine there may be no ceiling; a note then gives the reason.
    private static void AssertBetween(MachineCeilings ceilings, double? ceiling, double least, double most)
    {
        if (ceiling is { } known)
            Assert.InRange(known / ceilings.Threads, least, most);
        else
            Assert.Contains(ceilings.Notes, note => note.Contains("other programs left us"));
    }
}
