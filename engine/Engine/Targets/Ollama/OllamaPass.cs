using System.Text.Json;
using System.Threading.Channels;
using MemoryWall.Facts;
using MemoryWall.Targets.Http;
using MemoryWall.Time;

namespace MemoryWall.Targets.Ollama;

/// <summary>The lines of a depth pass as reports, one for each context: its frame <c>probe</c> ends a stretch and begins the next.</summary>
internal sealed class OllamaPass(PassRequest request, PhaseWatch watch, Exchange exchange, Action<StreamMark>? live, ChannelWriter<InferenceReport> reports)
{
    private readonly StreamFacts _facts = new() { Missing = "the stream ended without its final frame (done: true)" };
    private StreamRecord _record = new(request.At(request.Contexts[0]), watch, live);
    private Instant? _begun;
    private TimeSpan _prefillBefore;
    private int _done;

    private Instant? Begun => _begun ?? exchange.Sent;

    /// <summary>Takes a line; false where the stream need not be read further.</summary>
    public bool Take(ReadOnlyMemory<byte> line, Instant arrived) =>
        _facts.Read(line, exchange.Access, (Pass: this, arrived), static (state, root) => state.Pass.Take(root, state.arrived)) && !_facts.Final;

    /// <summary>The report of the context that was under way when the stream ended; null where none was.</summary>
    public InferenceReport? Rest(Exception? thrown, CancellationToken user)
    {
        if (_done == request.Contexts.Count && _facts.Failure is null)
            return null;
        var ended = exchange.Lines?.Ended ?? exchange.Access.Clock.Now;
        var outcome = _facts.Failure ?? (_facts.Final
            ? new ProtocolViolation(FormattableString.Invariant($"the stream ended with its final frame after {_done} of {request.Contexts.Count} contexts"))
            : StreamEnds.Judge(exchange, _facts.Missing, watch, thrown, user));
        return new InferenceReport { Outcome = outcome, Client = Client(ended), Marks = _record.Marks };
    }

    private void Take(JsonElement? frame, Instant arrived)
    {
        var ours = frame.Member(EmbeddedProtocol.ObjectName);
        if (frame.IsTrue("done"))
            _facts.Final = true;
        else if (_done == request.Contexts.Count)
            _facts.Failure = new ProtocolViolation("the stream went on after the last context");
        else if (ours.Member(EmbeddedProtocol.PromptProgress) is { } progress)
            _record.AddTo(_facts, MarkKind.Prefill, progress.Count("done"), arrived, progress.Member("elapsed_ns")?.Elapsed());
        else if (ours.Member("elapsed_ns") is { ValueKind: JsonValueKind.Array } times)
        {
            foreach (var time in times.EnumerateArray())
                _record.AddTo(_facts, MarkKind.Chunk, 1, arrived, time.Elapsed());
        }
        else if (ours.Member(EmbeddedProtocol.DepthProbeObject) is { } probe)
            TakeProbe(probe, arrived);
    }

    private void TakeProbe(JsonElement? probe, Instant arrived)
    {
        if (probe.Count("eval_count") is not (> 0 and var output))
        {
            _facts.Failure = new ProtocolViolation("a context was probed without a token");
            return;
        }
        var isTimed = output >= 2;
        var isFirst = _done == 0;
        var prefill = probe.Nanoseconds("prompt_eval_duration");
        var server = new ServerTimings
        {
            // Both come before the first stretch, whatever the number of contexts.
            Load = isFirst ? probe.Nanoseconds("load_ns") : null,
            Queue = isFirst ? probe.Member("queue_ns")?.Elapsed() : null,
            SkippedPrefill = request.SampledBatch is null ? null : probe.Nanoseconds("jump_ns"),
            Prefill = prefill,
            Generation = isTimed ? probe.Nanoseconds("eval_duration") : null,
        };
        // What the client waited for is this stretch alone.
        var own = server with { Prefill = request.SampledBatch is null ? prefill - _prefillBefore : prefill };
        var client = Client(arrived);
        var flags = InferenceReports.Doubts(request.OutputTokens, output, _record, client, own);
        if (probe.Count("jumped_prompt_tokens") is > 0)
            flags |= TrialFlags.SyntheticDepth;
        reports.TryWrite(new InferenceReport
        {
            Outcome = new Completed(),
            Client = client,
            Server = server,
            Native = new NativeTimings { Prefill = probe.Nanoseconds("prefill_ns"), Generation = isTimed ? probe.Nanoseconds("generation_ns") : null },
            CountedPromptTokens = probe.Count("depth"),
            CachedPromptTokens = 0,
            JumpedPromptTokens = request.SampledBatch is null ? null : probe.Count("jumped_prompt_tokens"),
            OutputTokens = output,
            StopReason = probe.Text("done_reason") is { } reason ? exchange.Access.Clean(reason, 100) : null,
            Marks = _record.Marks,
            Flags = flags,
        });
        _prefillBefore = request.SampledBatch is null ? prefill ?? TimeSpan.Zero : TimeSpan.Zero;
        _begun = arrived;
        if (++_done == request.Contexts.Count)
            return;
        _record = new StreamRecord(request.At(request.Contexts[_done]), watch, live);
        watch.Enter(Phase.Prefill, arrived);
    }

    private ClientTimings Client(Instant ended)
    {
        TimeSpan? After(Instant? point) => Begun is { } begun ? point?.Since(begun) : null;
        return new ClientTimings
        {
            Sent = Begun,
            TimeToHeaders = _done == 0 ? After(exchange.HeadersArrived) : null,
            TimeToFirstToken = After(_record.FirstContent),
            TimeToLastToken = After(_record.LastGenerated),
            TimeToEnd = After(ended),
        };
    }
}
