using System.Diagnostics;
using System.Globalization;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>
/// Runs a prompt that grows through the requested depths (incremental depth). At each depth it generates a response, removes it from the KV
/// cache and continues. With a batch size only that many tokens before each depth are computed, and the prefill of those before is skipped
/// (synthetic depth).
/// </summary>
internal sealed class IncrementalRun(ModelContext session, GenerateRequest request, Action<ResponseFrame> emit,
    CancellationToken cancellation)
{
    private readonly InferenceLoop _loop = new(session, request, emit, cancellation);

    private DepthProbe _total = new()
    {
        SkippedPrefillNanoseconds = 0,
        PrefillNanoseconds = 0,
        NativePrefillNanoseconds = 0,
        OutputTokens = 0,
        GenerationNanoseconds = 0,
        NativeGenerationNanoseconds = 0,
    };

    /// <summary>Runs to the end; null where the request was cancelled.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, _) = _loop.TokenizePrompt();
        Check(prompt);
        if (request.KeepsConversations || request.Context.Conversations is not null)
            session.Conversations?.Leave(0);
        session.KeepPrefix(0);
        var started = Stopwatch.GetTimestamp();
        if (request.ProbeBatchTokens is not null)
            session.FillSyntheticCells();
        var filling = Stopwatch.GetElapsedTime(started);
        var prefill = TimeSpan.Zero;
        _loop.RestartClock();
        foreach (var depth in request.ProbeDepths)
        {
            if (Probe(prompt, depth, prefill, filling) is not { } probe)
                return null;
            prefill = request.ProbeBatchTokens is null
                ? TimeSpan.FromTicks(probe.PrefillNanoseconds!.Value / TimeSpan.NanosecondsPerTick)
                : TimeSpan.Zero;
            filling = TimeSpan.Zero;
            AddToTotal(probe);
            emit(new ProbeFrame(probe with
            {
                QueueNanoseconds = InferenceLoop.ToNanoseconds(queued),
                LoadNanoseconds = InferenceLoop.ToNanoseconds(load),
            }));
        }
        return CreateFinalFrame(prompt.Length, InferenceLoop.ToNanoseconds(queued), InferenceLoop.ToNanoseconds(load));
    }

    // The final frame reports the whole request: all answers, and all that was computed.
    private void AddToTotal(DepthProbe probe) => _total = new DepthProbe
    {
        SkippedPromptTokens = probe.SkippedPromptTokens,
        SkippedPrefillNanoseconds = _total.SkippedPrefillNanoseconds + probe.SkippedPrefillNanoseconds,
        PrefillNanoseconds = probe.PrefillNanoseconds + (request.ProbeBatchTokens is null ? 0 : _total.PrefillNanoseconds),
        NativePrefillNanoseconds = probe.NativePrefillNanoseconds
            + (request.ProbeBatchTokens is null ? 0 : _total.NativePrefillNanoseconds),
        OutputTokens = _total.OutputTokens + probe.OutputTokens,
        GenerationNanoseconds = _total.GenerationNanoseconds + probe.GenerationNanoseconds,
        NativeGenerationNanoseconds = _total.NativeGenerationNanoseconds + probe.NativeGenerationNanoseconds,
    };

    private FinalFrame CreateFinalFrame(int promptTokens, long queued, long load)
    {
        var skipped = _total.SkippedPromptTokens > 0;
        return new FinalFrame(new GenerateFrame
        {
            DoneReason = "length",
            LoadNanoseconds = load,
            PromptTokens = promptTokens,
            CachedPromptTokens = 0,
            PrefillNanoseconds = _total.PrefillNanoseconds,
            OutputTokens = _total.OutputTokens,
            GenerationNanoseconds = _total.GenerationNanoseconds,
            Extension = new FrameExtension
            {
                QueueNanoseconds = queued,
                LoadNanoseconds = load,
                NativePrefillNanoseconds = _total.NativePrefillNanoseconds,
                NativeGenerationNanoseconds = _total.NativeGenerationNanoseconds,
                CachedPromptTokens = 0,
                SkippedPromptTokens = skipped ? _total.SkippedPromptTokens : null,
                SkippedPrefillNanoseconds = skipped ? _total.SkippedPrefillNanoseconds : null,
                SyntheticKvBytes = skipped ? session.SyntheticKvBytes : null,
            },
        });
    }

    // The clock continues at the end of the last prefill. Prefill times exclude the responses, as if the prompt ended at this depth.
    private DepthProbe? Probe(int[] prompt, int depth, TimeSpan before, TimeSpan filling)
    {
        var started = Stopwatch.GetTimestamp();
        var skipped = request.ProbeBatchTokens is { } batch ? Math.Max(0, depth - batch) : 0;
        if (!session.SkipPrefill(prompt, skipped))
            return null;
        var skipTime = Stopwatch.GetElapsedTime(started) + filling;
        if (request.ProbeBatchTokens is null)
            _loop.SetElapsed(before);
        else
            _loop.RestartClock();
        if (!_loop.Prefill(prompt, depth))
            return null;
        var prefill = _loop.Elapsed;
        if (_loop.Generate() is not { } answer)
            return null;
        session.RollBack(request.ProbeBatchTokens is null ? depth : skipped);
        return new DepthProbe
        {
            Depth = depth,
            SkippedPromptTokens = skipped,
            SkippedPrefillNanoseconds = InferenceLoop.ToNanoseconds(skipTime),
            PrefillNanoseconds = InferenceLoop.ToNanoseconds(prefill),
            NativePrefillNanoseconds = InferenceLoop.ToNanoseconds(_loop.NativePrefillTime),
            OutputTokens = answer.OutputTokens,
            GenerationNanoseconds = InferenceLoop.ToNanoseconds(answer.Duration),
            NativeGenerationNanoseconds = InferenceLoop.ToNanoseconds(_loop.NativeGenerationTime),
            DoneReason = answer.DoneReason,
        };
    }

    private void Check(int[] prompt)
    {
        if (!session.CanRollBack)
            throw new RefusedException(400,
                "probe_at: this model cannot remove tokens from its KV cache (recurrent state or sliding window)");
        if (!request.Stream)
            throw new RefusedException(400, "probe_at: the response is a stream; leave stream at true");
        if (request.SkipPromptTokens > 0 || request.UsePromptCache)
            throw new RefusedException(400, "probe_at: it cannot be combined with jump_tokens or prompt_cache");
        for (var i = 0; i < request.ProbeDepths.Count; i++)
            if (request.ProbeDepths[i] <= (i == 0 ? 0 : request.ProbeDepths[i - 1]))
                throw new RefusedException(400,
                    $"probe_at[{i}]: {request.ProbeDepths[i]} must be greater than {(i == 0 ? 0 : request.ProbeDepths[i - 1])}");
        if (request.ProbeDepths[^1] != prompt.Length)
            throw new RefusedException(400,
                $"probe_at: its last depth is {request.ProbeDepths[^1]}; it must be the prompt's {prompt.Length} tokens");
        if (request.MaxOutputTokens is not { } predict || (long)prompt.Length + predict > session.WindowTokens)
            throw new RefusedException(400,
                FormattableString.Invariant($"num_predict: it is {FormatOutput()}; after a prompt of {prompt.Length} tokens, ")
                + FormattableString.Invariant(
                    $"the window of {session.WindowTokens} has room for {Math.Max(0, session.WindowTokens - prompt.Length)}"));
    }

    private string FormatOutput() => request.MaxOutputTokens?.ToString(CultureInfo.InvariantCulture) ?? "missing";
}
