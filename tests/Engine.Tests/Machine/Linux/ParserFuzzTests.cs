using System.Text;
using CsCheck;
using MemoryWall.Engine.Tests.Machine.Probes;
using MemoryWall.Machine;
using MemoryWall.Machine.Facts;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;
using MemoryWall.Machine.Processes.Windows;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Engine.Tests.Machine.Linux;

/// <summary>
/// Random text in the kernel's files, and real files damaged at any byte, cause no exception and no number that is not in the file.
/// </summary>
public class ParserFuzzTests
{
    private static readonly string[] Files =
    [
        "proc/stat", "proc/meminfo", "proc/vmstat", "proc/diskstats", "proc/net/dev", "proc/pressure/cpu", "proc/pressure/memory",
        "proc/pressure/io",
        "proc/self/mountinfo", "proc/self/cgroup", "proc/self/status", "proc/cpuinfo", "proc/swaps", "proc/net/tcp", "etc/os-release",
        "sys/devices/system/cpu/online", "sys/class/powercap/intel-rapl:0/energy_uj", "sys/class/hwmon/hwmon3/temp1_input",
        "sys/fs/cgroup/user.slice/memory.max", "sys/fs/cgroup/user.slice/user-1000.slice/cpu.max",
    ];

    private static readonly Gen<string> Garbage = Gen.OneOf(
        Gen.String,
        Gen.String[Gen.Char["0123456789 \t\n:-/.max()"], 0, 400],
        Gen.Byte.Array[0, 300].Select(Encoding.Latin1.GetString));

    [Fact]
    public void Machine_GarbageInAnyFile_NeverThrows()
    {
        using var capture = Capture.Unpack("laptop-cgroup-v2");
        var nothing = new MemoryWall.Core.Facts.MachineFacts { OperatingSystem = "?", Architecture = "?" };
        Gen.Select(Gen.Int[0, Files.Length - 1].Select(i => Files[i]), Garbage).Sample((file, garbage) =>
        {
            var path = capture.PathOf(file);
            var before = File.Exists(path) ? File.ReadAllBytes(path) : null;
            capture.Write(file, garbage);
            _ = LinuxMachineReader.Read(capture.Root, nothing);
            _ = LinuxProbes.FindBlockDevices(capture.Root, "/home/me/x.gguf");
            _ = PortOwnerFinder.Find(capture.Root, 80);
            using var watch = new ServerWatch(LinuxProcessTable.TryOpen(capture.Root));
            foreach (var discovery in LinuxProbes.Discover(capture.Root, new SamplerOptions(), watch, new Dictionary<string, string>()))
            {
                if (discovery.Probe is not { } probe)
                    continue;
                _ = probe.Read();
                probe.Dispose();
            }
            if (before is null)
                File.Delete(path);
            else
                File.WriteAllBytes(path, before);
        }, iter: LongTests.Draws(300), threads: 1);
    }

    [Fact]
    public void ProcessStat_Garbage_NeverThrows() =>
        Gen.Byte.Array[0, 300].Sample(bytes => { ProcessStat.TryParse(bytes, out _); });

    [Fact]
    public void ProcessStat_AnyName_DoesNotShiftTheFields() =>
        Gen.String[Gen.Char["ab )(1\t"], 0, 15].Sample(name =>
        {
            var line = $"42 ({name}) R 7 1 1 0 -1 4194304 101 2 33 4 500 600 9 9 20 0 3 0 207098 1 2 3\n";
            Assert.True(ProcessStat.TryParse(Encoding.UTF8.GetBytes(line), out var stat));
            Assert.Equal(new ProcessStat
            {
                HasEnded = false,
                ParentPid = 7,
                MinorFaults = 101,
                MajorFaults = 33,
                UserSeconds = 5,
                SystemSeconds = 6,
                StartTime = 207098,
            }, stat);
        });

    [Fact]
    public void KeyedFile_Garbage_NeverThrowsAndNeverInvents() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            var row = new[] { double.NaN };
            KeyedFile.Parse(bytes, [new KeyedField("pgfault", 0)], row);
            if (!Encoding.Latin1.GetString(bytes).Contains("\npgfault "))
                Assert.True(double.IsNaN(row[0]));
        });

    [Fact]
    public void Number_AnyWholeNumber_ComesBack() =>
        Gen.Long[0, 1L << 53].Sample(n => AsciiParser.ParseNumber(Encoding.UTF8.GetBytes($"  {n} x")) == n);

    [Theory]
    [InlineData("99999999999999999999999999")]
    [InlineData("")]
    [InlineData("max")]
    [InlineData("-3")]
    public void Number_NotANumber_IsAbsent(string text) => Assert.True(double.IsNaN(AsciiParser.ParseNumber(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void Pressure_Garbage_NeverThrows() => Gen.Byte.Array[0, 200].Sample(bytes => { _ = PressureFile.Parse(bytes); });

    [Fact]
    public void CpuList_Garbage_NeverThrows() => Garbage.Sample(text => { _ = FieldParser.ParseCpuList(text); });

    [Fact]
    public void PortTable_Garbage_NeverThrows() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[1, 65535]).Sample((bytes, port) =>
        {
            _ = PortOwnerFinder.Parse(Encoding.Latin1.GetString(bytes), port).ToList();
            _ = TcpTable.FindPid(bytes, rowBytes: 24, portOffset: 8, pidOffset: 20, port);
        });
}
