using MemoryWall.Analysis.Live;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Analysis.Live;

public class MemoryPlacementTests
{
    [Fact]
    public void Compute_ANegativeReading_IsNoError()
    {
        var machine = new MachineSnapshot { ServerAnonBytes = -1, ServerFileBytes = 10, ServerSwapBytes = -1 };

        var placement = MemoryPlacement.Compute(StoreSamples.Manifest(), new AllocatedMemory(4096, 100, 10, null, null), machine);

        Assert.Equal(0, placement!.Memory!.Value.Kv);
    }
}
