using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>The marks of one inference as they come, and the timing points among them.</summary>
internal sealed class StreamTimeline(InferenceRequest request, PhaseWatchdog watch, Action<StreamMark>? live)
{
    // A chunk is seldom less than a token; a stream with this many more than were asked for has no end of its own.
    private readonly int _maxChunks = (int)Math.Min(64L * request.OutputTokens + 1024, 16_000_000);
    private readonly int _maxPrefill = (int)Math.Min((long)request.Prompt.TokenCount + 1024, 16_000_000);
    private readonly List<StreamMark> _marks = new(request.OutputTokens + 16);
    private int _chunks;
    private int _prefill;

    public IReadOnlyList<StreamMark> Marks => _marks;

    /// <summary>The first chunk with content.</summary>
    public Instant? FirstContent { get; private set; }

    /// <summary>The first chunk with reasoning.</summary>
    public Instant? FirstReasoning { get; private set; }

    /// <summary>The first chunk with either: the end of prefill as the client sees it.</summary>
    public Instant? FirstGenerated { get; private set; }

    /// <summary>The last chunk with either.</summary>
    public Instant? LastGenerated { get; private set; }

    /// <summary>Keeps a mark; false where there are more than any honest stream has.</summary>
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

    /// <summary>As <see cref="TryAdd"/>, and a stream without end is a failure.</summary>
    public void AddOrFail(StreamResult facts, MarkKind kind, int? tokens, Instant arrived, TimeSpan? native = null)
    {
        if (!TryAdd(kind, tokens, arrived, native))
            facts.Failure ??= new ProtocolViolation(kind == MarkKind.Prefill
                ? FormattableString.Invariant($"the stream has no end: more than {_maxPrefill} progress reports")
                : FormattableString.Invariant(
                    $"the stream has no end: more than {_maxChunks} chunks for {request.OutputTokens} output tokens"));
    }
}
