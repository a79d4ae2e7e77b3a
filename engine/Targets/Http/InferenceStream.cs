using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>One timed inference: its request, its exchange, its limits, and what its lines contained.</summary>
internal sealed class InferenceStream : IDisposable
{
    // Progress of the prompt, and far more than any server writes for a token.
    private const int BaseBytes = 16 << 20;
    private const int BytesPerToken = 64 << 10;

    public InferenceStream(HttpAccess access, InferenceRequest request, Action<StreamMark>? live, int maxLineBytes, CancellationToken user)
    {
        (Request, User) = (request, user);
        Watch = new PhaseWatchdog(access.Clock, request.Limits, Phase.Prefill, user);
        Timeline = new StreamTimeline(request, Watch, live);
        Result = new StreamResult { Answer = request.KeepsConversation ? new AnswerCollector() : null };
        Exchange = new Exchange(access)
        {
            OnSent = sent => Watch.EnterPhase(Phase.Prefill, sent),
            MaxLineBytes = maxLineBytes,
            MaxAnswerBytes = BaseBytes + maxLineBytes + (long)BytesPerToken * request.OutputTokens,
        };
    }

    public InferenceRequest Request { get; }

    /// <summary>Cancelled when the user stops the run.</summary>
    public CancellationToken User { get; }

    public PhaseWatchdog Watch { get; }

    public Exchange Exchange { get; }

    /// <summary>The marks so far.</summary>
    public StreamTimeline Timeline { get; }

    /// <summary>What the lines reported so far.</summary>
    public StreamResult Result { get; }

    /// <summary>The exception of the network or of the reading; null where there was none.</summary>
    public Exception? Thrown { get; private set; }

    /// <summary>Sends the request and passes the lines of its answer to <paramref name="read"/>.</summary>
    public async Task SendAsync(HttpRequestMessage message, Func<LineReader, CancellationToken, Task> read) =>
        Thrown = await Exchange.SendAsync(message, Watch, read).ConfigureAwait(false);

    public void Dispose()
    {
        Exchange.Dispose();
        Watch.Dispose();
    }
}
