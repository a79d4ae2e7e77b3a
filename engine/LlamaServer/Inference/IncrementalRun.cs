using System.Diagnostics;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>
/// Runs a prompt that grows through the depths asked for: at each it generates, drops what was generated, and goes on. Where a batch is
/// given, only that many tokens before each depth are computed, and the cells before them are taken as they are.
/// </summary>
internal sealed class IncrementalRun(ModelContext session, GenerateRequest request, Action<ResponseFrame> emit,
    CancellationToken cancellation)
{
    private readonly InferenceLoop _loop = new(session, request, emit, cancellation);
    private RequestReport _total = new();

    /// <summary>Runs to the end; null where it was stopped.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, _) = _loop.TokenizePrompt();
        Check(prompt);
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
                ? TimeSpan.FromTicks(probe.PrefillNanoseconds / TimeSpan.NanosecondsPerTick)
                : TimeSpan.Zero;
            filling = TimeSpan.Zero;
            AddToTotal(probe);
            emit(probe with
            {
                QueueNanoseconds = InferenceLoop.ToNanoseconds(queued),
                LoadNanoseconds = InferenceLoop.ToNanoseconds(load)
            });
        }
        return new FinalFrame("length",
            _total with
            {
                QueueNanoseconds = InferenceLoop.ToNanoseconds(queued),
                LoadNanoseconds = InferenceLoop.ToNanoseconds(load),
                PromptTokens = prompt.Length
            });
    }

    // The last frame tells of the whole request: of all answers, and of all that was computed.
    private void AddToTotal(ProbeFrame probe) => _total = _total with
    {
        SkippedPromptTokens = probe.SkippedPromptTokens,
        SkippedPrefillNanoseconds = _total.SkippedPrefillNanoseconds + probe.SkippedPrefillNanoseconds,
        SyntheticKvBytes = request.ProbeBatchTokens is null ? 0 : session.SyntheticKvBytes,
        PrefillNanoseconds = probe.PrefillNanoseconds + (request.ProbeBatchTokens is null ? 0 : _total.PrefillNanoseconds),
        NativePrefillNanoseconds = probe.NativePrefillNanoseconds
            + (request.ProbeBatchTokens is null ? 0 : _total.NativePrefillNanoseconds),
        OutputTokens = _total.OutputTokens + probe.OutputTokens,
        GenerationNanoseconds = _total.GenerationNanoseconds + probe.GenerationNanoseconds,
        NativeGenerationNanoseconds = _total.NativeGenerationNanoseconds + probe.NativeGenerationNanoseconds,
    };

    // The clock stands where the last prefill ended: what a probe took is in no prefill, and stamps are those of a prompt that ends at this
    // depth.
    private ProbeFrame? Probe(int[] prompt, int depth, TimeSpan before, TimeSpan filling)
    {
        var started = Stopwatch.GetTimestamp();
        var jumped = request.ProbeBatchTokens is { } batch ? Math.Max(0, depth - batch) : 0;
        if (!session.SkipPrefill(prompt, jumped))
            return null;
        var jump = Stopwatch.GetElapsedTime(started) + filling;
        if (request.ProbeBatchTokens is null)
            _loop.SetElapsed(before);
        else
            _loop.RestartClock();
        if (!_loop.Prefill(prompt, depth))
            return null;
        var prefill = _loop.Elapsed;
        if (_loop.Generate() is not { } answer)
            return null;
        session.RollBack(request.ProbeBatchTokens is null ? depth : jumped);
        return new ProbeFrame
        {
            Depth = depth,
            SkippedPromptTokens = jumped,
            SkippedPrefillNanoseconds = InferenceLoop.ToNanoseconds(jump),
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
                "probe_at: this model cannot drop what was generated at a depth (recurrent state or sliding window)");
        if (!request.Stream)
            throw new RefusedException(400, "probe_at: it is answered as a stream; leave stream at true");
        if (request.SkipPromptTokens > 0 || request.UsePromptCache)
            throw new RefusedException(400, "probe_at: neither jump_tokens nor a prompt_cache goes with it");
        for (var i = 0; i < request.ProbeDepths.Count; i++)
            if (request.ProbeDepths[i] <= (i == 0 ? 0 : request.ProbeDepths[i - 1]))
                throw new RefusedException(400,
                    $"probe_at[{i}]: {request.ProbeDepths[i]} is not more than {(i == 0 ? "0" : $"the one before, {request.ProbeDepths[i - 1]}")}");
        if (request.ProbeDepths[^1] != prompt.Length)
            throw new RefusedException(400,
                $"probe_at: the last, {request.ProbeDepths[^1]}, is not the end of the prompt of {prompt.Length} tokens");
        if (request.MaxOutputTokens is not { } predict || (long)prompt.Length + predict > session.WindowTokens)
            throw new RefusedException(400,
                $"num_predict: {prompt.Length} tokens of prompt and {request.MaxOutputTokens?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no number"} of output do not fit into the window of {session.WindowTokens}");
    }
}
