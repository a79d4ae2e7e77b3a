using MemoryWall.Core.Facts;
using MemoryWall.Engine.Tests.Machine.Probes;
using MemoryWall.Machine;
using MemoryWall.Machine.Facts;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine;

/// <summary>
/// Reads everything that the engine reads from whole copies of <c>/proc</c> and <c>/sys</c> of real machines. The copies are not part of
/// this repository; <c>MEMWALL_CAPTURES</c> names a folder with one subfolder for each machine.
/// </summary>
public class CapturedMachinesTests(ITestOutputHelper output)
{
    [Fact]
    public void Read_MachinesFromOutside_NeverThrowsAndFindsTheGroupsThatAreThere()
    {
        var folder = Environment.GetEnvironmentVariable("MEMWALL_CAPTURES");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "MEMWALL_CAPTURES is not set");
        foreach (var machine in Directory.GetDirectories(folder!).Order(StringComparer.Ordinal))
            Read(Path.GetFileName(machine), LinuxRoot.FromFolder(machine));
    }

    private void Read(string name, LinuxRoot root)
    {
        var facts = LinuxMachineReader.Read(root, new MachineFacts { OperatingSystem = "?", Architecture = "?" });
        output.WriteLine($"{name}: {facts}");
        using var watch = new ServerWatch(null);
        var devices = LinuxProbes.FindBlockDevices(root, "/models/a.gguf");
        foreach (var discovery in LinuxProbes.Discover(root, new SamplerOptions(), watch, devices))
        {
            var result = discovery.Probe is { } probe
                ? $"{probe.Read().Values.Count(value => value is not null)} of {probe.Columns.Count} columns"
                : discovery.Absent!.Reason;
            output.WriteLine($"  {discovery.Name}: {result}");
            discovery.Probe?.Dispose();
        }
        foreach (var process in LinuxRoot.ListEntries(root.Proc).Select(Path.GetFileName)
            .Where(entry => entry == "self" || entry!.All(char.IsAsciiDigit)))
        {
            using var files = int.TryParse(process, out var pid) ? LinuxProcessReader.TryOpen(root, pid) : null;
            var usage = new double[ProcessColumn.FieldCount];
            var isAlive = files?.Read(usage);
            if (CgroupLocation.Find(root, process!, "memory") is not { } group)
                continue;
            var fields = Enum.GetValues<CgroupMemoryField>();
            var row = CgroupMemoryReader.ReadOnce(group, fields);
            var values = fields.Where(field => !double.IsNaN(row[(int)field])).Select(field => $"{field}={row[(int)field]:R}");
            output.WriteLine($"  process {process} (alive: {isAlive}): {group.Version} "
                + $"{Path.GetRelativePath(root.Sys, group.Folder)}: {string.Join(", ", values)}");
            var isReported = File.Exists(CgroupMemoryReader.PathOf(group, CgroupMemoryField.CurrentBytes));
            Assert.Equal(isReported, !double.IsNaN(row[(int)CgroupMemoryField.CurrentBytes]));
            _ = CgroupLimits.ReadMemoryLimit(group);
            _ = CgroupLimits.ReadCpuLimit(root, process!);
        }
    }
}
