using System.Diagnostics;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Runs one request on the session: its prompt, then its answer.</summary>
internal sealed class GenerationRun(ModelContext session, GenerateRequest request, Action<ResponseFrame> emit,
    CancellationToken cancellation)
{
    private readonly InferenceLoop _loop = new(session, request, emit, cancellation);
    private TimeSpan _skipTime;

    /// <summary>Runs to the end; null where it was stopped.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, sent) = _loop.TokenizePrompt();
        var tier = new TierRequestTracker(session, request);
        if (tier.Resume(prompt) is not { } resumed)
            return null;
        var cached = resumed > 0 ? resumed : ReusePromptCache(prompt);
        if (!SkipPrefill(prompt))
            return null;
        tier.StartPrefill();
        _loop.RestartClock();
        if (!_loop.Prefill(prompt, prompt.Length))
            return null;
        var prefill = _loop.Elapsed;
        tier.EndPrefill();
        if (_loop.Generate() is not { } answer)
            return null;
        var usage = tier.Finish(prompt);
        return new FinalFrame(answer.DoneReason, new RequestReport
        {
            QueueNanoseconds = InferenceLoop.ToNanoseconds(queued),
            LoadNanoseconds = InferenceLoop.ToNanoseconds(load),
            PromptTokens = prompt.Length,
            CachedPromptTokens = cached,
            PromptTokensSent = sent == prompt.Length ? null : sent,
            SkippedPromptTokens = request.SkipPromptTokens,
            SkippedPrefillNanoseconds = InferenceLoop.ToNanoseconds(_skipTime),
            SyntheticKvBytes = request.SkipPromptTokens > 0 ? session.SyntheticKvBytes : 0,
            PrefillNanoseconds = InferenceLoop.ToNanoseconds(prefill),
            OutputTokens = answer.OutputTokens,
            GenerationNanoseconds = InferenceLoop.ToNanoseconds(answer.Duration),
            NativePrefillNanoseconds = InferenceLoop.ToNanoseconds(_loop.NativePrefillTime),
            Tier = usage,
            NativeGenerationNanoseconds = InferenceLoop.ToNanoseconds(_loop.NativeGenerationTime),
        });
    }

    private int ReusePromptCache(int[] prompt)
    {
        var common = 0;
        if (request.UsePromptCache && request.SkipPromptTokens == 0 && session.CanRollBack)
            // The last token is computed again: its scores are not kept.
            while (common < session.CachedTokens.Count && common < prompt.Length - 1 && session.CachedTokens[common] == prompt[common])
                common++;
        session.KeepPrefix(common);
        return common;
    }

    private bool SkipPrefill(int[] prompt)
    {
        if (request.SkipPromptTokens == 0)
            return true;
        // The last token is computed: what follows is chosen by its scores.
        if (request.SkipPromptTokens >= prompt.Length)
            throw new RefusedException(400,
                $"jump_tokens: {request.SkipPromptTokens} is not less than the {prompt.Length} tokens of the prompt");
        var started = Stopwatch.GetTimestamp();
        session.FillSyntheticCells();
        var jumped = session.SkipPrefill(prompt, request.SkipPromptTokens);
        _skipTime = Stopwatch.GetElapsedTime(started);
        return jumped;
    }
}
