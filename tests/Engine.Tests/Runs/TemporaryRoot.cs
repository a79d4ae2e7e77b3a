namespace MemoryWall.Engine.Tests.Runs;

/// <summary>
/// A folder that is deleted with its test. It is in memory where the system has such a file system, because some tests flush thousands of
/// times.
/// </summary>
internal sealed class TemporaryRoot : IDisposable
{
    public TemporaryRoot(bool inMemory = false)
    {
        var parent = inMemory && Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();
        Path = Directory.CreateDirectory(System.IO.Path.Combine(parent, "memwall-store-" + Guid.NewGuid().ToString("N"))).FullName;
    }

    public string Path { get; }

    public string File(string id, string name) => System.IO.Path.Combine(Path, id, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
