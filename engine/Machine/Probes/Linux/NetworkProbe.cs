using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Bytes over the network, from <c>/proc/net/dev</c>; loopback apart, since the tests' own traffic runs over it.</summary>
internal sealed class NetworkProbe : IProbe
{
    private readonly ProcFile _file;
    private readonly ProbeColumns _columns = new("network");

    private NetworkProbe(ProcFile file)
    {
        _file = file;
        _columns.AddCounter("network_received_bytes_total", "Bytes received on all interfaces but loopback.");
        _columns.AddCounter("network_sent_bytes_total", "Bytes sent on all interfaces but loopback.");
        _columns.AddCounter("loopback_bytes_total", "Bytes sent on loopback.");
    }

    public string Name => "network";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads one file of /proc";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root) =>
        ProcFile.TryOpen(Path.Combine(root.Proc, "net/dev"), out var reason) is { } file
            ? ProbeDiscovery.Found(new NetworkProbe(file))
            : ProbeDiscovery.Missing("network", reason);

    // Two lines of headings; then name: bytes packets errs drop fifo frame compressed multicast bytes …
    public void Read(Span<double> row)
    {
        var text = _file.Read();
        if (text.IsEmpty)
            return;
        double received = 0, sent = 0, loopback = double.NaN;
        var interfaces = 0;
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            var colon = line.IndexOf((byte)':');
            if (colon < 0)
                continue;
            interfaces++;
            var isLoopback = line[..colon].Trim((byte)' ').SequenceEqual("lo"u8);
            line = line[(colon + 1)..];
            var bytesIn = AsciiParser.TakeNumber(ref line);
            AsciiParser.SkipWords(ref line, 7);
            var bytesOut = AsciiParser.TakeNumber(ref line);
            if (isLoopback)
            {
                loopback = bytesOut;
                continue;
            }
            received += bytesIn;
            sent += bytesOut;
        }
        if (interfaces > 0)
            (row[0], row[1], row[2]) = (received, sent, loopback);
    }

    public void Dispose() => _file.Dispose();
}
