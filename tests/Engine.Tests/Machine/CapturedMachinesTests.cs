using MemoryWall.Core.Facts;
using MemoryWall.Engine.Tests.Machine.Probes;
using MemoryWall.Machine;
using MemoryWall.Machine.Facts;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Machine.Probes.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine;

/// <summary>
/// Whole trees of <c>/proc</c> and <c>/sys</c> copied from real machines, which are not part of this repository: the folder that
/// <c>MEMWALL_CAPTURES</c> names holds one folder for each. Everything that the engine reads is read from them.
/// </summary>
public class CapturedMachinesTests(ITestOutputHelper output)
{
    [Fact]
    public void Read_MachinesFromOutside_NeverThrowsAndFindsTheGroupsThatAreThere()
    {
        var folder = Environment.GetEnvironmentVariable("MEMWALL_CAPTURES");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "MEMWALL_CAPTURES names no folder of captured machines");
        foreach (var machine in Directory.GetDirectories(folder!).Order(StringComparer.Ordinal))
            Read(Path.GetFileName(machine), LinuxRoot.FromFolder(machine));
    }

    private void Read(string name, LinuxRoot root)
    {
        var facts = LinuxMachineReader.Read(root, new MachineFacts { OperatingSystem = "?", Architecture = "?" });
        output.WriteLine($"{name}: {facts}");
        using var watch = new ServerWatch(null);
        foreach (var offer in LinuxProbes.Discover(root, new SamplerOptions(), watch, LinuxProbes.FindBlockDevices(root, "/models/a.gguf")))
        {
            output.WriteLine(
                $"  {offer.Name}: {(offer.Probe is { } probe ? $"{probe.Read().Values.Count(value => value is not null)} of {probe.Columns.Count} columns" : offer.Absent!.Reason)}");
            offer.Probe?.Dispose();
        }
        foreach (var process in LinuxRoot.ListEntries(root.Proc).Select(Path.GetFileName)
            .Where(entry => entry == "self" || entry!.All(char.IsAsciiDigit)))
        {
            using var files = int.TryParse(process, out var pid) ? LinuxProcessReader.TryOpen(root, pid) : null;
            var usage = new double[ProcessColumn.FieldCount];
            var isAlive = files?.Read(usage);
            if (CgroupLocation.Find(root, process!, "memory") is not { } group)
                continue;
            var columns = new CgroupMemoryColumns("group", "the group");
            using var memory = new CgroupMemoryFiles(group, columns);
            var row = new double[columns.Columns.All.Count];
            row.AsSpan().Fill(double.NaN);
            memory.Read(row);
            output.WriteLine(
                $"  process {process} (alive: {isAlive}): {group.Version} {Path.GetRelativePath(root.Sys, group.Folder)}: {string.Join(", ", columns.Columns.All.Select((column, i) => (column.Name, Value: row[i])).Where(entry => !double.IsNaN(entry.Value)).Select(entry => $"{entry.Name}={entry.Value:R}"))}");
            var told = File.Exists(
                Path.Combine(group.Folder, group.Version == CgroupVersion.V2 ? "memory.current" : "memory.usage_in_bytes"));
            Assert.Equal(told, !double.IsNaN(row[columns.Current]));
            _ = CgroupLimits.ReadMemoryLimit(group);
            _ = CgroupLimits.ReadCpuLimit(root, process!);
        }
    }
}
