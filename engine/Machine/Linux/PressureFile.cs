namespace MemoryWall.Machine.Linux;

/// <summary>One file of pressure stall information, kept open.</summary>
internal sealed class PressureFile(ProcFile file) : IDisposable
{
    private const double SecondsPerMicrosecond = 1e-6;

    public static PressureFile? TryOpen(string path) => ProcFile.TryOpen(path) is { } file ? new PressureFile(file) : null;

    /// <summary>Seconds in which some, and in which all, tasks waited. NaN where the file lacks the value.</summary>
    public (double Some, double Full) Read() => Parse(file.Read());

    // some avg10=0.00 avg60=0.00 avg300=0.00 total=1669972
    public static (double Some, double Full) Parse(ReadOnlySpan<byte> text)
    {
        var some = double.NaN;
        var full = double.NaN;
        while (AsciiParser.TakeLine(ref text, out var line))
        {
            var at = line.IndexOf(" total="u8);
            if (at < 0)
                continue;
            var seconds = AsciiParser.ParseNumber(line[(at + 7)..]) * SecondsPerMicrosecond;
            if (line.StartsWith("some"u8))
                some = seconds;
            else if (line.StartsWith("full"u8))
                full = seconds;
        }
        return (some, full);
    }

    public void Dispose() => file.Dispose();
}
