using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Sampling;

/// <summary>Passes samples from the ring to a receiver, in order and each once, on a thread other than the sampling thread.</summary>
internal sealed class SampleFeed(SampleRing ring, Action<IReadOnlyList<TelemetrySample>>? sink)
{
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _stop = new();
    private long _cursor;
    private long _lost;

    public long Lost => Interlocked.Read(ref _lost);

    public string? Failure { get; private set; }

    public void Stop() => _stop.Set();

    public void Wait(TimeSpan period) => _stop.Wait(period);

    public void Flush()
    {
        if (sink is null)
            return;
        lock (_lock)
        {
            var batch = ring.ReadFrom(ref _cursor, out var lost);
            Interlocked.Add(ref _lost, lost);
            if (batch.Count == 0)
                return;
            try
            {
                sink(batch);
            }
            catch (Exception e)
            {
                // A full disk must not end the observed run: the first failure is kept and shown, and the next batch is tried.
                Failure ??= $"{e.GetType().Name}: {e.Message}";
                Interlocked.Add(ref _lost, batch.Count);
            }
        }
    }
}
