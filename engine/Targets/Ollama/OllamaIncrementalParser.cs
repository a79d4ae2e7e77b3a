using System.Text.Json;
using System.Threading.Channels;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>The lines of a depth pass as reports, one for each context: its frame <c>probe</c> ends a stretch and begins the
/// next.</summary>
internal sealed class OllamaIncrementalParser(IncrementalRequest request, PhaseWatchdog watch, Exchange exchange, Action<StreamMark>? live,
    ChannelWriter<InferenceReport> reports)
{
    private readonly StreamResult _facts = new() { IncompleteMessage = "the stream ended without its final frame (done: true)" };
    private StreamTimeline _record = new(request.ToInferenceRequest(request.Contexts[0]), watch, live);
    private Instant? _started;
    private TimeSpan _previousPrefill;
    private int _completedContexts;

    private Instant? Started => _started ?? exchange.Sent;

    /// <summary>Takes a line; false where the stream need not be read further.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived) =>
        _facts.ParseLine(line, exchange.Access, (Pass: this, arrived), static (state, root) => state.Pass.Parse(root, state.arrived))
            && !_facts.HasFinalFrame;

    /// <summary>The report of the context that was under way when the stream ended; null where none was.</summary>
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

    private void Parse(JsonElement? frame, Instant arrived)
    {
        var ours = frame.Member(EmbeddedProtocol.ObjectName);
        if (frame.IsTrue("done"))
            _facts.HasFinalFrame = true;
        else if (_completedContexts == request.Contexts.Count)
            _facts.Failure = new ProtocolViolation("the stream went on after the last context");
        else if (ours.Member(EmbeddedProtocol.PromptProgress) is { } progress)
            _record.AddOrFail(_facts, MarkKind.Prefill, progress.Count("done"), arrived, progress.Member("elapsed_ns")?.Elapsed());
        else if (ours.Member("elapsed_ns") is { ValueKind: JsonValueKind.Array } times)
        {
            foreach (var time in times.EnumerateArray())
                _record.AddOrFail(_facts, MarkKind.Chunk, 1, arrived, time.Elapsed());
        }
        else if (ours.Member(EmbeddedProtocol.DepthProbeObject) is { } probe)
            ParseProbe(probe, arrived);
    }

    private void ParseProbe(JsonElement? probe, Instant arrived)
    {
        if (probe.Count("eval_count") is not (> 0 and var output))
        {
            _facts.Failure = new ProtocolViolation("a context was probed without a token");
            return;
        }
        var isTimed = output >= 2;
        var isFirst = _completedContexts == 0;
        var prefill = probe.Nanoseconds("prompt_eval_duration");
        var server = new ServerTimings
        {
            // Both come before the first stretch, whatever the number of contexts.
            Load = isFirst ? probe.Nanoseconds("load_ns") : null,
            Queue = isFirst ? probe.Member("queue_ns")?.Elapsed() : null,
            SkippedPrefill = request.ComputedBatchTokens is null ? null : probe.Nanoseconds("jump_ns"),
            Prefill = prefill,
            Generation = isTimed ? probe.Nanoseconds("eval_duration") : null,
        };
        // What the client waited for is this stretch alone.
        var own = server with { Prefill = request.ComputedBatchTokens is null ? prefill - _previousPrefill : prefill };
        var client = BuildClientTimings(arrived);
        var flags = InferenceReportBuilder.ComputeIncrementalFlags(request.OutputTokens, output, _record, client, own);
        if (probe.Count("jumped_prompt_tokens") is > 0)
            flags |= TrialFlags.SyntheticDepth;
        reports.TryWrite(new InferenceReport
        {
            Outcome = new Completed(),
            Client = client,
            Server = server,
            Native = new NativeTimings
            {
                Prefill = probe.Nanoseconds("prefill_ns"),
                Generation = isTimed ? probe.Nanoseconds("generation_ns") : null
            },
            CountedPromptTokens = probe.Count("depth"),
            CachedPromptTokens = 0,
            SkippedPromptTokens = request.ComputedBatchTokens is null ? null : probe.Count("jumped_prompt_tokens"),
            OutputTokens = output,
            StopReason = probe.Text("done_reason") is { } reason ? exchange.Access.Sanitize(reason, 100) : null,
            Marks = _record.Marks,
            Flags = flags,
        });
        _previousPrefill = request.ComputedBatchTokens is null ? prefill ?? TimeSpan.Zero : TimeSpan.Zero;
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
