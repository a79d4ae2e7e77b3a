namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Counts the bytes that the tier reads from and writes to storage.</summary>
internal sealed class StorageMeter
{
    private long _read;
    private long _written;

    public StorageBytes Total => new(Interlocked.Read(ref _read), Interlocked.Read(ref _written));

    public void AddRead(long bytes) => Interlocked.Add(ref _read, bytes);

    public void AddWritten(long bytes) => Interlocked.Add(ref _written, bytes);
}

/// <summary>Bytes read from storage and written to it.</summary>
internal readonly record struct StorageBytes(long Read, long Written)
{
    public static StorageBytes operator -(StorageBytes later, StorageBytes earlier) =>
        new(later.Read - earlier.Read, later.Written - earlier.Written);
}
