using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.LlamaServer.Tests;

[Collection("native")]
public sealed class InferenceWorkerTests
{
    [Fact]
    public async Task Dispose_RequestsWait_TheOneUnderWayStopsAndNoOtherStarts()
    {
        var path = await TinyModel.PathAsync();
        var log = LoadedLibrary.Log;
        using var abort = new AbortSignal();
        using var session = new ModelContext(path, GgufReader.Read(path), ModelShapeReader.Read(ModelMetadata.FromFile(path)), log, abort);
        var request = new GenerateRequest
        {
            Prompt = "one two three",
            Model = ModelOptions.Default,
            Context = new ContextOptions(4096, "f16", FlashAttention: null, BatchTokens: 64, Threads: 1, BatchThreads: 1),
            IgnoreEos = true,
        };
        session.EnsureLoaded(request.Model, request.Context);
        var computation = new HeldComputation(abort);
        using var listening = session.AddListener(computation);
        var worker = new InferenceWorker(session, TimeProvider.System);
        var running = worker.Enqueue(request, CancellationToken.None);
        await computation.Started;
        var waiting = worker.Enqueue(request, CancellationToken.None);

        worker.Dispose();

        Assert.False(running.TryRead(out _));
        Assert.False(waiting.TryRead(out _));
        Assert.True(running.Completion.IsCompleted && waiting.Completion.IsCompleted);
    }

    // Its first node lasts until the computation is to stop.
    private sealed class HeldComputation(AbortSignal abort) : INodeListener
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public bool OnNodeStarting(nint tensor)
        {
            if (_started.TrySetResult())
                SpinWait.SpinUntil(() => abort.IsRequested);
            return false;
        }

        public void OnNodeDone(nint tensor)
        {
        }
    }
}
