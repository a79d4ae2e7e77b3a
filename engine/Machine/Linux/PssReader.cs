namespace MemoryWall.Machine.Linux;

/// <summary>The proportional set size of one process, from <c>/proc/PID/smaps_rollup</c>. The kernel walks the process's page tables for
/// each reading.</summary>
internal sealed class PssReader : IDisposable
{
    private static readonly byte[] s_key = "\nPss:"u8.ToArray();
    private readonly ProcFile _file;

    private PssReader(ProcFile file) => _file = file;

    /// <summary>Opens the file; null where the process does not exist or may not be read.</summary>
    public static PssReader? TryOpen(LinuxRoot root, int pid) =>
        ProcFile.TryOpen(root.ProcessFile(pid, "smaps_rollup")) is { } file ? new PssReader(file) : null;

    /// <summary>Bytes now; null where the process has ended.</summary>
    public double? Read() =>
        _file.Read() is { IsEmpty: false } text ? AsciiParser.ParseNumber(AsciiParser.FindAfter(text, s_key)) * 1024 : null;

    public void Dispose() => _file.Dispose();
}
