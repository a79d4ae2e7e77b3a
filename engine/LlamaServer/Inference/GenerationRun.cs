using System.Diagnostics;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Runs one request on the model context: its prompt, then its response.</summary>
internal sealed class GenerationRun(ModelContext session, GenerateRequest request, Action<ResponseFrame> emit,
    CancellationToken cancellation)
{
    private readonly InferenceLoop _loop = new(session, request, emit, cancellation);
    private TimeSpan _skipTime;

    /// <summary>Runs to the end; null where the request was cancelled.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, sent) = _loop.TokenizePrompt();
        var tier = new TierRequestTracker(session, request);
        if (tier.Resume(prompt) is not { } resumed)
            return null;
        if ((resumed > 0 ? resumed : tier.BeginConversation(prompt) ?? ReusePromptCache(prompt)) is var cached && tier.IsStopped)
            return null;
        if (!SkipPrefill(prompt))
            return null;
        tier.StartPrefill();
        _loop.RestartClock();
        if (!_loop.Prefill(prompt, prompt.Length))
            return null;
        var prefill = _loop.Elapsed;
        tier.EndPrefill(_loop.CopyPromptLogits);
        if (_loop.Generate() is not { } answer)
            return null;
        var firstToken = answer.FirstToken - prefill;
        var conversation = tier.ReportConversation();
        var tierReport = tier.Finish(prompt, conversation);
        var skipped = request.SkipPromptTokens > 0;
        return new FinalFrame(new GenerateFrame
        {
            DoneReason = answer.DoneReason,
            LoadNanoseconds = InferenceLoop.ToNanoseconds(load),
            PromptTokens = prompt.Length,
            CachedPromptTokens = cached,
            PrefillNanoseconds = InferenceLoop.ToNanoseconds(prefill),
            OutputTokens = answer.OutputTokens,
            GenerationNanoseconds = InferenceLoop.ToNanoseconds(answer.Duration),
            Extension = new FrameExtension
            {
                QueueNanoseconds = InferenceLoop.ToNanoseconds(queued),
                TokenizeNanoseconds = _loop.TokenizeTime is { } tokenize ? InferenceLoop.ToNanoseconds(tokenize) : null,
                FirstTokenNanoseconds = firstToken is { } sampled ? InferenceLoop.ToNanoseconds(sampled) : null,
                LoadNanoseconds = InferenceLoop.ToNanoseconds(load),
                NativePrefillNanoseconds = InferenceLoop.ToNanoseconds(_loop.NativePrefillTime),
                NativeGenerationNanoseconds = InferenceLoop.ToNanoseconds(_loop.NativeGenerationTime),
                CachedPromptTokens = cached,
                SkippedPromptTokens = skipped ? request.SkipPromptTokens : null,
                SkippedPrefillNanoseconds = skipped ? InferenceLoop.ToNanoseconds(_skipTime) : null,
                SyntheticKvBytes = skipped ? session.SyntheticKvBytes : null,
                PromptTokensSent = sent == prompt.Length ? null : sent,
                Tier = tierReport,
                Conversation = conversation,
                AnswerTokens = request.ReportAnswerTokens ? answer.Tokens : null,
            },
        });
    }

    private int ReusePromptCache(int[] prompt)
    {
        var common = 0;
        if (request.UsePromptCache && request.SkipPromptTokens == 0 && session.CanRollBack)
            // The last token is always computed, because its logits are not kept.
            while (common < session.CachedTokens.Count && common < prompt.Length - 1 && session.CachedTokens[common] == prompt[common])
                common++;
        // A saved state must be that of a computed prompt to the last bit.
        if (request.SaveState)
            common = Math.Min(common, session.WholeBatchTokens) / request.Context.BatchTokens * request.Context.BatchTokens;
        session.KeepPrefix(common);
        return common;
    }

    private bool SkipPrefill(int[] prompt)
    {
        if (request.SkipPromptTokens == 0)
            return true;
        // The last token is always computed, because the response is sampled from its logits.
        if (request.SkipPromptTokens >= prompt.Length)
            throw new RefusedException(400,
                $"jump_tokens: {request.SkipPromptTokens} must be less than the {prompt.Length} tokens of the prompt");
        var started = Stopwatch.GetTimestamp();
        session.FillSyntheticCells();
        var isDone = session.SkipPrefill(prompt, request.SkipPromptTokens);
        _skipTime = Stopwatch.GetElapsedTime(started);
        return isDone;
    }
}
