namespace MemoryWall.Machine.Linux;

/// <summary>Bytes over the network from <c>/proc/net/dev</c>. Kept open; reading allocates nothing. NaN where the file does not list the
/// interface.</summary>
internal sealed class NetworkDevicesFile : IDisposable
{
    private readonly ProcFile _file;

    private NetworkDevicesFile(ProcFile file) => _file = file;

    /// <summary>Bytes received on all interfaces except loopback.</summary>
    public double ReceivedBytes { get; private set; }

    /// <summary>Bytes sent on all interfaces except loopback.</summary>
    public double SentBytes { get; private set; }

    /// <summary>Bytes sent on loopback.</summary>
    public double LoopbackBytes { get; private set; }

    /// <summary>Opens the file; null, with the reason, where that is not possible.</summary>
    public static NetworkDevicesFile? TryOpen(LinuxRoot root, out string reason) =>
        ProcFile.TryOpen(Path.Combine(root.Proc, "net/dev"), out reason) is { } file ? new NetworkDevicesFile(file) : null;

    // Two heading lines; then name: bytes packets errs drop fifo frame compressed multicast bytes …
    public void Read()
    {
        double received = 0, sent = 0;
        var interfaces = 0;
        LoopbackBytes = double.NaN;
        var text = _file.Read();
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
                LoopbackBytes = bytesOut;
                continue;
            }
            received += bytesIn;
            sent += bytesOut;
        }
        (ReceivedBytes, SentBytes) = interfaces > 0 ? (received, sent) : (double.NaN, double.NaN);
    }

    public void Dispose() => _file.Dispose();
}
