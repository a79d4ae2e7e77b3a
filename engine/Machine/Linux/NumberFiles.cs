namespace MemoryWall.Machine.Linux;

/// <summary>Files that hold one number each, kept open.</summary>
internal sealed class NumberFiles(IReadOnlyList<ProcFile> files) : IDisposable
{
    private readonly ProcFile[] _files = [.. files];

    public int Count => _files.Length;

    /// <summary>Opens those of the files that can be read.</summary>
    public static NumberFiles Open(IEnumerable<string> paths) => new([.. paths.Select(path => ProcFile.TryOpen(path)).OfType<ProcFile>()]);

    /// <summary>One file's number; NaN where it holds none.</summary>
    public double this[int index] => _files[index].Read() is { IsEmpty: false } text ? AsciiParser.ParseSigned(text) : double.NaN;

    /// <summary>The sum; NaN where one of the files holds no number.</summary>
    public double Sum()
    {
        double sum = 0;
        for (var i = 0; i < _files.Length; i++)
            sum += this[i];
        return sum;
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
