using MemoryWall.Facts;
using MemoryWall.Targets.Http;
using MemoryWall.Time;

namespace MemoryWall.Targets.Ollama;

/// <summary>Makes a report of the lines of one answer. Nothing is believed before the final frame has come.</summary>
internal sealed class OllamaStream(Instant sent, Action<StreamMark>? live)
{
    private readonly List<StreamMark> _marks = [];
    private OllamaFrame? _final;
    private Outcome? _failure;
    private Instant? _firstContent;
    private Instant? _firstReasoning;
    private Instant? _lastContent;

    /// <summary>When the answer's headers came.</summary>
    public Instant? Headers { get; set; }

    /// <summary>Takes the next line.</summary>
    /// <returns>Whether it carried generated content.</returns>
    public bool Take(ArrivedLine line)
    {
        if (line.Bytes.Span.Trim("\r \t"u8).IsEmpty)
            return false;
        if (_final is not null)
        {
            _failure ??= new ProtocolBroken("lines came behind the final frame");
            return false;
        }
        if (OllamaFrame.Read(line.Bytes) is not { } frame)
        {
            _failure ??= new ProtocolBroken(line.IsWhole ? "a line was no JSON object" : "the last line was cut off");
            return false;
        }
        if (frame.Error is { } error)
            _failure ??= OllamaFailure.OfLine(error);
        if (frame.PrefillDone is { } done)
            Add(new StreamMark(MarkKind.Prefill, done, line.Arrived, frame.Native.Count > 0 ? frame.Native[0] : null));
        var hasContent = Content(frame, line.Arrived);
        if (frame.Done)
            _final = frame;
        return hasContent;
    }

    /// <summary>The report.</summary>
    /// <param name="ended">When the answer ended.</param>
    /// <param name="interruption">What ended it before its own end; null where nothing did.</param>
    public InferenceReport Report(Instant ended, Outcome? interruption) => new()
    {
        Outcome = _failure ?? (_final is not null ? new Completed() : interruption ?? Unfinished()),
        Client = new ClientTimings
        {
            Sent = sent,
            HeadersAfter = Headers?.Since(sent),
            FirstTokenAfter = _firstContent?.Since(sent),
            FirstReasoningAfter = _firstReasoning?.Since(sent),
            LastTokenAfter = _lastContent?.Since(sent),
            EndedAfter = ended.Since(sent),
        },
        Server = new ServerTimings
        {
            Load = _final?.Load,
            Queue = _final?.Report?.Queue,
            Prefill = Positive(_final?.Prefill),
            Generation = Positive(_final?.Generation),
            Total = _final?.Total,
        },
        Native = new NativeTimings { Prefill = Positive(_final?.Report?.Prefill), Generation = Positive(_final?.Report?.Generation) },
        CountedPromptTokens = _final?.PromptTokens,
        CachedPromptTokens = _final?.Report?.CachedPromptTokens,
        OutputTokens = _final?.OutputTokens,
        StopReason = _final?.DoneReason,
        Marks = _marks,
        Flags = _firstReasoning is null ? TrialFlags.None : TrialFlags.Reasoning,
    };

    private bool Content(OllamaFrame frame, Instant arrived)
    {
        if (frame.PrefillDone is not null)
            return false;
        var kind = frame.HasReasoning && !frame.HasContent ? MarkKind.Reasoning : MarkKind.Chunk;
        if (frame.Native.Count > 0)
            foreach (var native in frame.Native)
                Add(new StreamMark(kind, 1, arrived, native));
        else if (frame.HasContent || frame.HasReasoning)
            Add(new StreamMark(kind, null, arrived, null));
        else
            return false;
        if (kind == MarkKind.Reasoning)
            _firstReasoning ??= arrived;
        else
            _firstContent ??= arrived;
        _lastContent = arrived;
        return true;
    }

    private void Add(StreamMark mark)
    {
        _marks.Add(mark);
        live?.Invoke(mark);
    }

    private ProtocolBroken Unfinished() => new(_marks.Any(mark => mark.Kind != MarkKind.Prefill)
        ? "the answer stopped without its final frame, as the server's guard against repeated tokens does"
        : "the answer ended without its final frame and without a token");

    // A duration of zero is how servers say that they did not measure one.
    private static TimeSpan? Positive(TimeSpan? duration) => duration > TimeSpan.Zero ? duration : null;
}
