using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Collects the marks of one inference as they arrive, and its first and last tokens.</summary>
internal sealed class StreamTimeline(InferenceRequest request, PhaseWatchdog watch, Action<StreamMark>? live)
{
    // A chunk rarely contains less than a token, so a stream with far more chunks than requested tokens never ends by itself.
    private readonly int _maxChunks = (int)Math.Min(64L * request.OutputTokens + 1024, 16_000_000);
    private readonly int _maxPrefill = (int)Math.Min((long)request.Prompt.TokenCount + 1024, 16_000_000);
    private readonly List<StreamMark> _marks = new(request.OutputTokens + 16);
    private int _chunks;
    private int _prefill;

    public IReadOnlyList<StreamMark> Marks => _marks;

    /// <summary>Arrival of the first chunk with content; null before.</summary>
    public Instant? FirstContent { get; private set; }

    /// <summary>Arrival of the first chunk with reasoning; null before.</summary>
    public Instant? FirstReasoning { get; private set; }

    /// <summary>Arrival of the first chunk with content or reasoning, which ends prefill as the client sees it; null before.</summary>
    public Instant? FirstGenerated { get; private set; }

    /// <summary>Arrival of the last chunk with content or reasoning; null before the first.</summary>
    public Instant? LastGenerated { get; private set; }

    /// <summary>Adds a mark; false where the stream has more marks than its request allows.</summary>
    public bool TryAdd(MarkKind kind, int? tokens, Instant arrived, TimeSpan? native = null)
    {
        if (kind == MarkKind.Prefill ? ++_prefill > _maxPrefill : ++_chunks > _maxChunks)
            return false;
        if (kind != MarkKind.Prefill)
        {
            if (FirstGenerated is null)
                watch.EnterPhase(Phase.Generation, arrived);
            FirstGenerated ??= arrived;
            LastGenerated = arrived;
            if (kind == MarkKind.Chunk)
                FirstContent ??= arrived;
            else
                FirstReasoning ??= arrived;
        }
        watch.RecordActivity(arrived);
        var mark = new StreamMark(kind, tokens, arrived, native);
        _marks.Add(mark);
        live?.Invoke(mark);
        return true;
    }

    /// <summary>Adds a mark; too many marks are a failure of the stream.</summary>
    public void AddOrFail(StreamResult facts, MarkKind kind, int? tokens, Instant arrived, TimeSpan? native = null)
    {
        if (!TryAdd(kind, tokens, arrived, native))
            facts.Failure ??= new ProtocolViolation(kind == MarkKind.Prefill
                ? FormattableString.Invariant($"the stream has no end: it sent more than {_maxPrefill} progress reports")
                : FormattableString.Invariant(
                    $"the stream has no end: it sent more than {_maxChunks} chunks for {request.OutputTokens} output tokens"));
    }
}
