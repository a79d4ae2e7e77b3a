namespace MemoryWall.Engine.Tests.Runs;

/// <summary>A folder that goes away with the test; in memory where the system has such a place, for tests that flush thousands of
/// times.</summary>
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
