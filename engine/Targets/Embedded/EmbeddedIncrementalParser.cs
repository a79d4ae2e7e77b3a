using System.Threading.Channels;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Builds one report for each context of an incremental pass. A frame with a <see cref="DepthProbe"/> ends a context and begins
/// the next.</summary>
internal sealed class EmbeddedIncrementalParser(IncrementalRequest request, PhaseWatchdog watch, Exchange exchange,
    Action<StreamMark>? live,
    ChannelWriter<InferenceReport> reports)
{
    private readonly StreamResult _facts = new() { IncompleteMessage = "the stream ended without its final frame (done: true)" };
    private StreamTimeline _record = new(request.ToInferenceRequest(request.Contexts[0]), watch, live);
    private Instant? _started;
    private int _completedContexts;

    private Instant? Started => _started ?? exchange.Sent;

    /// <summary>Reads a line; returns false to stop reading.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived)
    {
        if (FrameReader.Read(line, _facts, exchange.Access) is { } frame)
            Parse(frame, arrived);
        return _facts is { Failure: null, HasFinalFrame: false };
    }

    /// <summary>The report of the context that was incomplete when the stream ended; null where all contexts are complete.</summary>
    public InferenceReport? ReportUnfinished(Exception? thrown, CancellationToken user)
    {
        if (_completedContexts == request.Contexts.Count && _facts.Failure is null)
            return null;
        var ended = exchange.Lines?.Ended ?? exchange.Access.Clock.Now;
        var outcome = _facts.Failure ?? (_facts.HasFinalFrame
            ? new ProtocolViolation(
                FormattableString.Invariant(
                    $"the stream ended with its final frame after {_completedContexts} of {request.Contexts.Count} contexts"))
            : StreamEndClassifier.Classify(exchange, _facts.IncompleteMessage, watch, thrown, user));
        return new InferenceReport { Outcome = outcome, Client = BuildClientTimings(ended), Marks = _record.Marks };
    }

    private void Parse(GenerateFrame frame, Instant arrived)
    {
        if (frame.Done is true)
            _facts.HasFinalFrame = true;
        else if (_completedContexts == request.Contexts.Count)
            _facts.Failure = new ProtocolViolation("the stream continued after the last context");
        else if (frame.Extension?.PromptProgress is { } progress)
            _record.AddOrFail(_facts, MarkKind.Prefill, WireNumbers.Count(progress.Done), arrived,
                WireNumbers.Point(progress.ElapsedNanoseconds));
        else if (frame.Extension?.TokenTimes is { } times)
        {
            foreach (var time in times)
                _record.AddOrFail(_facts, MarkKind.Chunk, 1, arrived, WireNumbers.Point(time));
        }
        else if (frame.Extension?.Probe is { } probe)
            ParseProbe(probe, arrived);
    }

    private void ParseProbe(DepthProbe probe, Instant arrived)
    {
        if (probe.OutputTokens is not (> 0 and var output))
        {
            _facts.Failure = new ProtocolViolation("the report of a context has no generated tokens (eval_count)");
            return;
        }
        var isTimed = output >= 2;
        var isFirst = _completedContexts == 0;
        var server = new ServerTimings
        {
            // Load and queue happen once, before the first context.
            Load = isFirst ? WireNumbers.Duration(probe.LoadNanoseconds) : null,
            Queue = isFirst ? WireNumbers.Point(probe.QueueNanoseconds) : null,
            SkippedPrefill = request.ComputedBatchTokens is null ? null : WireNumbers.Duration(probe.SkippedPrefillNanoseconds),
            Prefill = WireNumbers.Duration(probe.PrefillNanoseconds),
            Generation = isTimed ? WireNumbers.Duration(probe.GenerationNanoseconds) : null,
        };
        reports.TryWrite(new InferenceReport
        {
            Outcome = new Completed(),
            Client = BuildClientTimings(arrived),
            Server = server,
            Native = new NativeTimings
            {
                Prefill = WireNumbers.Duration(probe.NativePrefillNanoseconds),
                Generation = isTimed ? WireNumbers.Duration(probe.NativeGenerationNanoseconds) : null
            },
            CountedPromptTokens = WireNumbers.Count(probe.Depth),
            CachedPromptTokens = 0,
            SkippedPromptTokens = request.ComputedBatchTokens is null ? null : WireNumbers.Count(probe.SkippedPromptTokens),
            OutputTokens = output,
            StopReason = probe.DoneReason is { } reason ? exchange.Access.Sanitize(reason, 100) : null,
            Marks = _record.Marks,
        });
        _started = arrived;
        if (++_completedContexts == request.Contexts.Count)
            return;
        _record = new StreamTimeline(request.ToInferenceRequest(request.Contexts[_completedContexts]), watch, live);
        watch.EnterPhase(Phase.Prefill, arrived);
    }

    private ClientTimings BuildClientTimings(Instant ended)
    {
        TimeSpan? After(Instant? point) => Started is { } begun ? point?.Since(begun) : null;
        return new ClientTimings
        {
            Sent = Started,
            TimeToHeaders = _completedContexts == 0 ? After(exchange.HeadersArrived) : null,
            TimeToFirstToken = After(_record.FirstContent),
            TimeToLastToken = After(_record.LastGenerated),
            TimeToEnd = After(ended),
        };
    }
}
