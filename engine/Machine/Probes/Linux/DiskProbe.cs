using System.Text;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Bytes, requests, busy time and queue of block devices, from <c>/proc/diskstats</c>.</summary>
internal sealed class DiskProbe : IProbe
{
    // Sectors in this file are 512 bytes whatever the device's own are.
    private const double SectorBytes = 512;
    private const int ColumnsPerDevice = 6;
    private readonly ProcFile _file;
    private readonly ProbeColumns _columns = new("disk");
    private readonly byte[][] _names;

    private DiskProbe(ProcFile file, IReadOnlyList<string> devices)
    {
        _file = file;
        _names = [.. devices.Select(Encoding.UTF8.GetBytes)];
        foreach (var device in devices.Select(ColumnName))
        {
            _columns.AddCounter($"disk_{device}_read_bytes_total", "Bytes read from the device.");
            _columns.AddCounter($"disk_{device}_reads_total", "Read requests that the device completed.");
            _columns.AddCounter($"disk_{device}_write_bytes_total", "Bytes written to the device.");
            _columns.AddCounter($"disk_{device}_writes_total", "Write requests that the device completed.");
            _columns.AddCounter($"disk_{device}_busy_seconds_total", "Time in which the device had at least one request.");
            _columns.AddGauge($"disk_{device}_queue_requests", "Requests given to the device and not completed.");
        }
    }

    public string Name => "disk";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads one file of /proc";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    /// <summary>A device's name as columns have it: <c>dm-0</c> is <c>dm_0</c>.</summary>
    public static string ColumnName(string device) => device.Replace('-', '_').Replace('/', '_');

    /// <param name="root">Where the machine's files lie.</param>
    /// <param name="alwaysIncluded">Devices to watch also where they are not whole disks, because a model or swap lies on them.</param>
    public static ProbeDiscovery Discover(LinuxRoot root, IEnumerable<string> alwaysIncluded)
    {
        if (ProcFile.TryOpen(Path.Combine(root.Proc, "diskstats"), out var reason) is not { } file)
            return ProbeDiscovery.Missing("disk", reason);
        var all = ParseDeviceNames(file.Read());
        var devices = all.Where(d => alwaysIncluded.Contains(ColumnName(d), StringComparer.Ordinal) || IsWholeDisk(root, d)).ToList();
        if (devices.Count > 0)
            return ProbeDiscovery.Found(new DiskProbe(file, devices));
        file.Dispose();
        return ProbeDiscovery.Missing("disk", "the machine shows no block device");
    }

    public void Read(Span<double> row)
    {
        var text = _file.Read();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            AsciiParser.SkipWords(ref line, 2);
            var name = AsciiParser.TakeWord(ref line);
            for (var i = 0; i < _names.Length; i++)
            {
                if (name.SequenceEqual(_names[i]))
                    ReadDevice(line, row.Slice(i * ColumnsPerDevice, ColumnsPerDevice));
            }
        }
    }

    public void Dispose() => _file.Dispose();

    // reads merged sectors ms writes merged sectors ms in_flight busy_ms …; requests are counted when they complete.
    private static void ReadDevice(ReadOnlySpan<byte> line, Span<double> row)
    {
        row[1] = AsciiParser.TakeNumber(ref line);
        AsciiParser.SkipWords(ref line, 1);
        row[0] = AsciiParser.TakeNumber(ref line) * SectorBytes;
        AsciiParser.SkipWords(ref line, 1);
        row[3] = AsciiParser.TakeNumber(ref line);
        AsciiParser.SkipWords(ref line, 1);
        row[2] = AsciiParser.TakeNumber(ref line) * SectorBytes;
        AsciiParser.SkipWords(ref line, 1);
        row[5] = AsciiParser.TakeNumber(ref line);
        row[4] = AsciiParser.TakeNumber(ref line) / 1000;
    }

    private static List<string> ParseDeviceNames(ReadOnlySpan<byte> text)
    {
        var devices = new List<string>();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            AsciiParser.SkipWords(ref line, 2);
            var name = Encoding.UTF8.GetString(AsciiParser.TakeWord(ref line));
            if (name.Length > 0 && !devices.Contains(name))
                devices.Add(name);
        }
        return devices;
    }

    // Whole disks only: a partition has no entry of its own in /sys/block. Loop devices and RAM disks show other devices' traffic again, or
    // none.
    private static bool IsWholeDisk(LinuxRoot root, string device) =>
        Directory.Exists(Path.Combine(root.Sys, "block", device.Replace('/', '!')))
        && !device.StartsWith("loop", StringComparison.Ordinal) && !device.StartsWith("ram", StringComparison.Ordinal)
        && LinuxRoot.ReadNumber(Path.Combine(root.Sys, "block", device.Replace('/', '!'), "size")) is not 0;
}
