namespace MemoryWall.Machine.Linux;

/// <summary>Files that contain one number each, kept open. Reading allocates nothing.</summary>
internal sealed class NumberFiles(IReadOnlyList<ProcFile> files) : IDisposable
{
    private readonly ProcFile[] _files = [.. files];
    private readonly double[] _numbers = new double[files.Count];

    public int Count => _files.Length;

    /// <summary>The sum as of the last reading; NaN where a file contains no number.</summary>
    public double Sum
    {
        get
        {
            double sum = 0;
            foreach (var number in _numbers)
                sum += number;
            return sum;
        }
    }

    /// <summary>The largest number as of the last reading; NaN where a file contains no number.</summary>
    public double Max
    {
        get
        {
            double max = 0;
            foreach (var number in _numbers)
                max = Math.Max(max, number);
            return max;
        }
    }

    /// <summary>The number of one file as of the last reading; NaN where it contains none.</summary>
    public double this[int index] => _numbers[index];

    /// <summary>Opens those of the files that can be read.</summary>
    public static NumberFiles Open(IEnumerable<string> paths) => new([.. paths.Select(path => ProcFile.TryOpen(path)).OfType<ProcFile>()]);

    public void Read()
    {
        for (var i = 0; i < _files.Length; i++)
            _numbers[i] = _files[i].ReadNumber();
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
