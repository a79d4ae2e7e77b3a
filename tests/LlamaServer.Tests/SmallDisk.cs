namespace MemoryWall.LlamaServer.Tests;

/// <summary>A disk for one test, which is skipped where this machine does not allow it.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly LoopDisk _disk;

    public SmallDisk(string folder, long bytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small file system needs root on Linux");
        _disk = Try(() => LoopDisk.Create(folder, bytes), "this machine does not allow mounting a small file system");
    }

    public string Path => _disk.Path;

    /// <inheritdoc cref="LoopDisk.Fill(long)"/>
    public void Fill(long leave) => _disk.Fill(leave);

    /// <inheritdoc cref="LoopDisk.Break"/>
    public void Break(long from) => _disk.Break(from);

    /// <summary>Creates a file on the disk that cannot be deleted until the result is disposed.</summary>
    public IDisposable Keep(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, "kept");
        return Try(() => new Kept(path), "this machine cannot protect a file from deletion");
    }

    public void Dispose() => _disk.Dispose();

    private static T Try<T>(Func<T> create, string reason)
        where T : class
    {
        try
        {
            return create();
        }
        catch (InvalidOperationException error)
        {
            Assert.Skip($"{reason}: {error.Message}");
            throw;
        }
    }

    private sealed class Kept : IDisposable
    {
        private readonly string _path;

        public Kept(string path)
        {
            _path = path;
            LoopDisk.Run("chattr", "+i", path);
        }

        public void Dispose() => LoopDisk.Run("chattr", "-i", _path);
    }
}
