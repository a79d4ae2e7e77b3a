using System.Diagnostics;
using System.Threading.Channels;
using MemoryWall.LlamaServer.Native;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Owns the model context on its own thread and runs requests one after the other: clients take turns, and the requests
/// of one client keep their order.</summary>
internal sealed class InferenceWorker : IDisposable
{
    // A client waits for minutes behind so many requests of its own, and each of them can hold a long prompt in memory.
    private const int MaxWaitingRequests = 64;

    // A new client cannot have this name, so that an unload does not wait behind a client's requests.
    private const string Own = "\0";

    private readonly FairQueue<Job> _jobs = new();
    private readonly ModelContext _session;
    private readonly Thread _thread;
    private readonly TimeProvider _time;
    private readonly ITimer _unloadTimer;
    private long _requestNumber;
    private volatile bool _isEnding;

    public InferenceWorker(ModelContext session, TimeProvider time)
    {
        _session = session;
        _session.FindNextRequest = () => _jobs.Peek()?.Request;
        _time = time;
        _unloadTimer = time.CreateTimer(_ => RequestUnload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { IsBackground = true, Name = "inference" };
        _thread.Start();
    }

    /// <summary>The loaded model. Other threads read it without a lock, so it may be slightly out of date.</summary>
    public LoadedModel? Loaded { get; private set; }

    /// <summary>When the model will be unloaded; null for no limit.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>Queues a request.</summary>
    /// <returns>Its frames. The last one is a <see cref="FinalFrame"/> or a <see cref="FailureFrame"/>, or neither where the request was
    /// cancelled.</returns>
    public ChannelReader<ResponseFrame> Enqueue(GenerateRequest request, CancellationToken cancellation)
    {
        var frames = Channel.CreateUnbounded<ResponseFrame>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        // A request that arrives just before the unload timer fires keeps the model loaded.
        Interlocked.Increment(ref _requestNumber);
        var job = new Job(request, frames.Writer, Stopwatch.GetTimestamp(), cancellation);
        if (!_jobs.TryAdd(request.Client, job, MaxWaitingRequests))
        {
            frames.Writer.TryWrite(new FailureFrame(new RefusedException(503,
                $"the queue is full: {MaxWaitingRequests} requests of this client wait; send this one again later")));
            frames.Writer.TryComplete();
            return frames.Reader;
        }
        _session.ConversationsInUse?.LookAhead();
        // A client that goes away leaves the queue.
        cancellation.Register(() =>
        {
            if (_jobs.Remove(request.Client, job))
                frames.Writer.TryComplete();
        });
        return frames.Reader;
    }

    /// <summary>Stops the request under way and drops those that wait.</summary>
    /// <param name="patience">How long to wait for native code, which may only stop when it is done.</param>
    /// <returns>Whether the thread ended, so that the model can be freed.</returns>
    public bool TryEnd(TimeSpan patience)
    {
        _unloadTimer.Dispose();
        _isEnding = true;
        _jobs.Complete();
        Interlocked.MemoryBarrier();
        _session.Abort.Request();
        return _thread.Join(patience);
    }

    public void Dispose() => TryEnd(Timeout.InfiniteTimeSpan);

    private void Run()
    {
        while (_jobs.TryTake(out var job))
            if (_isEnding)
                job.Frames?.TryComplete();
            else if (job.Request is { } request)
            {
                Run(job);
                // The client has its answer.
                if (request.KeepsConversations && !_isEnding)
                    _session.ConversationsInUse?.EndAnswer(() => _isEnding || _jobs.Peek() is not null);
            }
            else if (job.Enqueued == Interlocked.Read(ref _requestNumber))
                Unload();
    }

    private void Run(Job job)
    {
        try
        {
            if (!job.Cancellation.IsCancellationRequested && Execute(job) is { } final)
                job.Frames!.TryWrite(final);
        }
        catch (Exception error)
        {
            if (error is not (RefusedException or TierException))
                Console.Error.WriteLine(error);
            job.Frames!.TryWrite(new FailureFrame(error));
        }
        finally
        {
            job.Frames!.TryComplete();
        }
    }

    private FinalFrame? Execute(Job job)
    {
        var queued = Stopwatch.GetElapsedTime(job.Enqueued);
        var request = job.Request!;
        _session.Abort.Clear();
        Interlocked.MemoryBarrier();
        // The signal of the end may be the one that was cleared.
        if (_isEnding)
            return null;
        using var abort = job.Cancellation.Register(_session.Abort.Request);
        if (!request.HasPrompt && request.UnloadAfter)
        {
            Unload();
            return new FinalFrame(new GenerateFrame { DoneReason = "unload" });
        }
        TimeSpan load;
        try
        {
            load = _session.EnsureLoaded(request.Model, request.Context);
        }
        finally
        {
            Loaded = _session.IsLoaded
                ? new LoadedModel(_session.WindowTokens, request.Model, request.Context, _session.Buffers) { Tier = _session.Tier?.Report }
                : null;
        }
        if (job.Cancellation.IsCancellationRequested)
            return null;
        void Emit(ResponseFrame frame) => job.Frames!.TryWrite(frame);
        var final = request.HasPrompt
            ? request.ProbeDepths.Count > 0
                ? new IncrementalRun(_session, request, Emit, job.Cancellation).Run(queued, load)
                : new GenerationRun(_session, request, Emit, job.Cancellation).Run(queued, load)
            : CreateLoadFrame(ToNanoseconds(queued), ToNanoseconds(load));
        if (request.UnloadAfter)
            Unload();
        else
            ScheduleUnload(request.KeepAlive);
        return final;
    }

    private static FinalFrame CreateLoadFrame(long queued, long load) => new(new GenerateFrame
    {
        DoneReason = "load",
        Extension = new FrameExtension
        {
            QueueNanoseconds = queued,
            LoadNanoseconds = load,
            NativePrefillNanoseconds = 0,
            NativeGenerationNanoseconds = 0,
            CachedPromptTokens = 0,
        },
    });

    private void ScheduleUnload(TimeSpan? time)
    {
        ExpiresAt = time is { } limited ? _time.GetUtcNow() + limited : null;
        _unloadTimer.Change(time ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // The model context belongs to the worker's thread, so the timer only queues the unload. The number shows whether a request arrived
    // since.
    private void RequestUnload() =>
        _jobs.TryAdd(Own, new Job(null, null, Interlocked.Read(ref _requestNumber), CancellationToken.None));

    private void Unload()
    {
        _session.Unload();
        Loaded = null;
        ExpiresAt = null;
    }

    private static long ToNanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>A request, or without one an unload; <paramref name="Enqueued"/> is then the number of the last request.</summary>
    private sealed record Job(GenerateRequest? Request, ChannelWriter<ResponseFrame>? Frames, long Enqueued,
        CancellationToken Cancellation);
}

/// <summary>The model and the context in memory.</summary>
internal sealed record LoadedModel(int WindowTokens, ModelOptions Model, ContextOptions Context,
    BufferSizes Buffers)
{
    /// <summary>The plan of the storage tier; null without a tier.</summary>
    public TierReport? Tier { get; init; }
}
