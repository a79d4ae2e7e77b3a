using System.Text;

namespace MemoryWall.Machine.Linux;

/// <summary>The counters of one block device. NaN before the first reading and where the device is not listed.</summary>
internal struct DiskCounters
{
    public double ReadBytes;
    public double Reads;
    public double WriteBytes;
    public double Writes;

    /// <summary>Seconds in which the device had at least one request.</summary>
    public double BusySeconds;

    /// <summary>Requests given to the device and not completed.</summary>
    public double QueuedRequests;

    public static DiskCounters Absent { get; } = new()
    {
        ReadBytes = double.NaN,
        Reads = double.NaN,
        WriteBytes = double.NaN,
        Writes = double.NaN,
        BusySeconds = double.NaN,
        QueuedRequests = double.NaN,
    };
}

/// <summary>Block devices from <c>/proc/diskstats</c>. Kept open; reading allocates nothing.</summary>
internal sealed class DiskStatsFile : IDisposable
{
    // Sectors in this file are 512 bytes, whatever the device's own size is.
    private const double SectorBytes = 512;
    private readonly ProcFile _file;
    private readonly byte[][] _names;
    private readonly DiskCounters[] _counters;

    private DiskStatsFile(ProcFile file, IReadOnlyList<string> devices)
    {
        _file = file;
        Devices = devices;
        _names = [.. devices.Select(Encoding.UTF8.GetBytes)];
        _counters = new DiskCounters[_names.Length];
        _counters.AsSpan().Fill(DiskCounters.Absent);
    }

    /// <summary>The names of the devices that are read.</summary>
    public IReadOnlyList<string> Devices { get; }

    /// <summary>Opens the file; null, with the reason, where that is not possible.</summary>
    /// <param name="root">Where to read the machine's files.</param>
    /// <param name="isWanted">Which of the listed devices to read.</param>
    /// <param name="reason">Why the file cannot be read.</param>
    public static DiskStatsFile? TryOpen(LinuxRoot root, Func<string, bool> isWanted, out string reason) =>
        ProcFile.TryOpen(Path.Combine(root.Proc, "diskstats"), out reason) is { } file
            ? new DiskStatsFile(file, [.. ParseDevices(file.Read()).Select(device => device.Name).Distinct().Where(isWanted)])
            : null;

    /// <summary>All listed devices: major and minor number as <c>254:0</c>, and name.</summary>
    public static IReadOnlyList<(string Number, string Name)> ListDevices(LinuxRoot root)
    {
        using var file = ProcFile.TryOpen(Path.Combine(root.Proc, "diskstats"));
        return file is null ? [] : ParseDevices(file.Read());
    }

    /// <summary>The counters of a device as of the last reading.</summary>
    public ref readonly DiskCounters this[int device] => ref _counters[device];

    public void Read()
    {
        _counters.AsSpan().Fill(DiskCounters.Absent);
        var text = _file.Read();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            AsciiParser.SkipWords(ref line, 2);
            var name = AsciiParser.TakeWord(ref line);
            for (var i = 0; i < _names.Length; i++)
            {
                if (name.SequenceEqual(_names[i]))
                    _counters[i] = ParseCounters(line);
            }
        }
    }

    public void Dispose() => _file.Dispose();

    // reads merged sectors ms writes merged sectors ms in_flight busy_ms …; requests are counted when they complete.
    private static DiskCounters ParseCounters(ReadOnlySpan<byte> line)
    {
        DiskCounters counters = default;
        counters.Reads = AsciiParser.TakeNumber(ref line);
        AsciiParser.SkipWords(ref line, 1);
        counters.ReadBytes = AsciiParser.TakeNumber(ref line) * SectorBytes;
        AsciiParser.SkipWords(ref line, 1);
        counters.Writes = AsciiParser.TakeNumber(ref line);
        AsciiParser.SkipWords(ref line, 1);
        counters.WriteBytes = AsciiParser.TakeNumber(ref line) * SectorBytes;
        AsciiParser.SkipWords(ref line, 1);
        counters.QueuedRequests = AsciiParser.TakeNumber(ref line);
        counters.BusySeconds = AsciiParser.TakeNumber(ref line) / 1000;
        return counters;
    }

    private static List<(string Number, string Name)> ParseDevices(ReadOnlySpan<byte> text)
    {
        var devices = new List<(string Number, string Name)>();
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            var major = Encoding.UTF8.GetString(AsciiParser.TakeWord(ref line));
            var minor = Encoding.UTF8.GetString(AsciiParser.TakeWord(ref line));
            var name = Encoding.UTF8.GetString(AsciiParser.TakeWord(ref line));
            if (name.Length > 0)
                devices.Add(($"{major}:{minor}", name));
        }
        return devices;
    }
}
