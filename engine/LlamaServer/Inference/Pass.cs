using System.Diagnostics;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>
/// Runs a prompt that grows through the depths asked for: at each it generates, drops what was generated, and goes on. Where a batch is given, only
/// that many tokens before each depth are computed, and the cells before them are taken as they are.
/// </summary>
internal sealed class Pass(Session session, GenerateRequest request, Action<Frame> emit, CancellationToken cancellation)
{
    private readonly Computation _work = new(session, request, emit, cancellation);
    private Report _sum = new();

    /// <summary>Runs to the end; null where it was stopped.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, _) = _work.Prompt();
        Check(prompt);
        session.Keep(0);
        var started = Stopwatch.GetTimestamp();
        if (request.ProbeBatch is not null)
            session.FillCells();
        var filling = Stopwatch.GetElapsedTime(started);
        var prefill = TimeSpan.Zero;
        _work.Start();
        foreach (var depth in request.ProbeAt)
        {
            if (Probe(prompt, depth, prefill, filling) is not { } probe)
                return null;
            prefill = request.ProbeBatch is null ? TimeSpan.FromTicks(probe.PrefillNanoseconds / TimeSpan.NanosecondsPerTick) : TimeSpan.Zero;
            filling = TimeSpan.Zero;
            Add(probe);
            emit(probe with { QueueNanoseconds = Computation.Nanoseconds(queued), LoadNanoseconds = Computation.Nanoseconds(load) });
        }
        return new FinalFrame("length", _sum with { QueueNanoseconds = Computation.Nanoseconds(queued), LoadNanoseconds = Computation.Nanoseconds(load), PromptTokens = prompt.Length });
    }

    // The last frame tells of the whole request: of all answers, and of all that was computed.
    private void Add(ProbeFrame probe) => _sum = _sum with
    {
        JumpedPromptTokens = probe.Jumped,
        JumpNanoseconds = _sum.JumpNanoseconds + probe.JumpNanoseconds,
        JumpFilledBytes = request.ProbeBatch is null ? 0 : session.FilledByJump,
        PrefillNanoseconds = probe.PrefillNanoseconds + (request.ProbeBatch is null ? 0 : _sum.PrefillNanoseconds),
        NativePrefillNanoseconds = probe.NativePrefillNanoseconds + (request.ProbeBatch is null ? 0 : _sum.NativePrefillNanoseconds),
        OutputTokens = _sum.OutputTokens + probe.OutputTokens,
        GenerationNanoseconds = _sum.GenerationNanoseconds + probe.GenerationNanoseconds,
        NativeGenerationNanoseconds = _sum.NativeGenerationNanoseconds + probe.NativeGenerationNanoseconds,
    };

    // The clock stands where the last prefill ended: what a probe took is in no prefill, and stamps are those of a prompt that ends at this depth.
    private ProbeFrame? Probe(int[] prompt, int depth, TimeSpan before, TimeSpan filling)
    {
        var started = Stopwatch.GetTimestamp();
        var jumped = request.ProbeBatch is { } batch ? Math.Max(0, depth - batch) : 0;
        if (!session.Jump(prompt, jumped))
            return null;
        var jump = Stopwatch.GetElapsedTime(started) + filling;
        if (request.ProbeBatch is null)
            _work.Forget(before);
        else
            _work.Start();
        if (!_work.Prefill(prompt, depth))
            return null;
        var prefill = _work.Elapsed;
        if (_work.Generate() is not { } answer)
            return null;
        session.RollBack(request.ProbeBatch is null ? depth : jumped);
        return new ProbeFrame
        {
            Depth = depth,
            Jumped = jumped,
            JumpNanoseconds = Computation.Nanoseconds(jump),
            PrefillNanoseconds = Computation.Nanoseconds(prefill),
            NativePrefillNanoseconds = Computation.Nanoseconds(_work.NativePrefill),
            OutputTokens = answer.Tokens,
            GenerationNanoseconds = Computation.Nanoseconds(answer.Took),
            NativeGenerationNanoseconds = Computation.Nanoseconds(_work.NativeGeneration),
            DoneReason = answer.Reason,
        };
    }

    private void Check(int[] prompt)
    {
        if (!session.CanRollBack)
            throw new RefusedException(400, "probe_at: this model cannot drop what was generated at a depth (recurrent state or sliding window)");
        if (!request.Stream)
            throw new RefusedException(400, "probe_at: it is answered as a stream; leave stream at true");
        if (request.JumpTokens > 0 || request.PromptCache)
            throw new RefusedException(400, "probe_at: neither jump_tokens nor a prompt_cache goes with it");
        for (var i = 0; i < request.ProbeAt.Count; i++)
            if (request.ProbeAt[i] <= (i == 0 ? 0 : request.ProbeAt[i - 1]))
                throw new RefusedException(400, $"probe_at[{i}]: {request.ProbeAt[i]} is not more than {(i == 0 ? "0" : $"the one before, {request.ProbeAt[i - 1]}")}");
        if (request.ProbeAt[^1] != prompt.Length)
            throw new RefusedException(400, $"probe_at: the last, {request.ProbeAt[^1]}, is not the end of the prompt of {prompt.Length} tokens");
        if (request.PredictTokens is not { } predict || (long)prompt.Length + predict > session.WindowTokens)
            throw new RefusedException(400, $"num_predict: {prompt.Length} tokens of prompt and {request.PredictTokens?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no number"} of output do not fit into the window of {session.WindowTokens}");
    }
}
