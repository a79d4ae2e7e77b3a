using System.Collections.Concurrent;
using System.IO.Pipelines;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Reads a response as fast as it arrives and stamps every read before anything else happens to it. It runs on its own thread, so that
/// neither a slow consumer nor a busy thread pool delays a stamp. The bytes wait in a pipe; reading pauses only when 64 MiB are
/// waiting.
/// </summary>
internal sealed class StreamPump
{
    private const int Backlog = 64 << 20;
    private const int ReadBytes = 16 << 10;
    private readonly Stream _source;
    private readonly RunClock _clock;
    private readonly ConcurrentQueue<(long End, Instant Arrived)> _stamps = new();
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: Backlog, resumeWriterThreshold: Backlog / 2, minimumSegmentSize: 4 * ReadBytes,
        useSynchronizationContext: false));

    private StreamPump(Stream source, RunClock clock) => (_source, _clock) = (source, clock);

    public PipeReader Reader => _pipe.Reader;

    /// <summary>When the response ended; null before. Set before the reader sees the end.</summary>
    public Instant? Ended { get; private set; }

    /// <summary>Why the connection broke; null where the response is complete or has not ended.</summary>
    public Exception? Failure { get; private set; }

    public static StreamPump Start(Stream source, RunClock clock)
    {
        var pump = new StreamPump(source, clock);
        new Thread(pump.Run, maxStackSize: 256 << 10) { IsBackground = true, Name = "stream pump" }.Start();
        return pump;
    }

    /// <summary>When the byte at this offset of the response arrived. Offsets must not decrease from call to call.</summary>
    public Instant ArrivalOf(long offset)
    {
        while (_stamps.TryPeek(out var stamp))
        {
            if (stamp.End > offset)
                return stamp.Arrived;
            _stamps.TryDequeue(out _);
        }
        throw new InvalidOperationException(FormattableString.Invariant($"the byte at offset {offset} has not been read"));
    }

    private void Run()
    {
        var writer = _pipe.Writer;
        var read = 0L;
        try
        {
            while (true)
            {
                var memory = writer.GetMemory(ReadBytes);
                var count = _source.Read(memory.Span);
                var arrived = _clock.Now;
                if (count == 0)
                    break;
                read += count;
                _stamps.Enqueue((read, arrived));
                writer.Advance(count);
                var flush = writer.FlushAsync();
                if ((flush.IsCompleted ? flush.Result : flush.AsTask().GetAwaiter().GetResult()).IsCompleted)
                    break;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A connection that is closed during a read fails in many ways, and on this thread any of them would end the process.
            Failure = exception;
        }
        Ended = _clock.Now;
        writer.Complete();
    }
}
