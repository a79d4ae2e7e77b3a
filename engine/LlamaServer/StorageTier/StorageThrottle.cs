using System.Diagnostics;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Emulates a slower device. The transfers of all threads share its bandwidth, and each ends later by its latency.
/// </summary>
internal sealed class StorageThrottle(long? bytesPerSecond, TimeSpan? latency)
{
    private readonly Lock _gate = new();
    private long _freeAt;

    public bool IsEnabled => bytesPerSecond is not null || latency > TimeSpan.Zero;

    /// <summary>Waits until the slower device would have finished a transfer that started at the timestamp
    /// <paramref name="startedAt"/>.</summary>
    public void Wait(long startedAt, long bytes)
    {
        if (!IsEnabled)
            return;
        long due;
        lock (_gate)
        {
            var busy = bytesPerSecond is { } rate ? (long)((double)bytes / rate * Stopwatch.Frequency) : 0;
            _freeAt = Math.Max(_freeAt, startedAt) + busy;
            due = _freeAt + (long)((latency ?? TimeSpan.Zero).TotalSeconds * Stopwatch.Frequency);
        }
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (left > TimeSpan.Zero)
            Posix.Sleep(left);
    }
}
