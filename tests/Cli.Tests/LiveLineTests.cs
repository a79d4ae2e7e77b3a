using MemoryWall.Analysis.Telemetry;
using MemoryWall.Cli.Views;

namespace MemoryWall.Cli.Tests;

/// <summary>The live progress lines on terminals of any width.</summary>
public class LiveLineTests
{
    private static readonly MachineSnapshot s_busy = new()
    {
        BusyCores = 1.5,
        GpuUtilization = 0.5,
        GpuMemoryUsedBytes = 20e9,
        GpuMemoryTotalBytes = 40e9,
        MemoryTotalBytes = 100,
        MemoryAvailableBytes = 25,
        CgroupBytes = 30,
        CgroupLimitBytes = 40,
        DiskBusy = 1,
        DiskReadBytesPerSecond = 512 << 20,
        ServerAnonBytes = 200 << 20,
        ServerFileBytes = 56 << 20,
        ServerSwapBytes = 64 << 20,
    };

    [Fact]
    public void Parts_AllKnown_AreBarsOfProcessorsTiersAndDisk()
    {
        var parts = MachineStatusLine.FormatParts(s_busy).ToList();

        Assert.Equal(["CPU", "GPU", "VRAM", "RAM", "cap", "disk", "server", "swapped"], parts.Select(part => part.Split(' ')[0]));
        Assert.Contains("RAM ██████░░", parts);
        Assert.Contains("disk ████████ 512 MiB/s", parts);
        Assert.Contains("server 256 MiB", parts);
    }

    [Fact]
    public void Parts_NothingKnown_AreNone() => Assert.Empty(MachineStatusLine.FormatParts(new MachineSnapshot()));

    [Theory]
    [InlineData(37)]
    [InlineData(77)]
    [InlineData(117)]
    public void Join_AnyWidth_FitsAndBeginsWithTheMostImportant(int width)
    {
        var line = TerminalRow.JoinToWidth(MachineStatusLine.FormatParts(s_busy), "  ", width);

        Assert.StartsWith("CPU ", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 20, width);
    }

    [Fact]
    public void Join_FirstPartTooLong_IsCut() => Assert.Equal("abc", TerminalRow.JoinToWidth(["abcdef", "g"], " ", 3));
}
