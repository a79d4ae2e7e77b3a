using System.Diagnostics;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Runs one request on the session: its prompt, then its answer.</summary>
internal sealed class Generation(Session session, GenerateRequest request, Action<Frame> emit, CancellationToken cancellation)
{
    private readonly Computation _work = new(session, request, emit, cancellation);
    private TimeSpan _jump;

    /// <summary>Runs to the end; null where it was stopped.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, sent) = _work.Prompt();
        var tier = new TierWork(session, request);
        if (tier.Resume(prompt) is not { } resumed)
            return null;
        var cached = resumed > 0 ? resumed : Reuse(prompt);
        if (!Jump(prompt))
            return null;
        tier.Start();
        _work.Start();
        if (!_work.Prefill(prompt, prompt.Length))
            return null;
        var prefill = _work.Elapsed;
        tier.PrefillDone();
        if (_work.Generate() is not { } answer)
            return null;
        var usage = tier.Done(prompt);
        return new FinalFrame(answer.Reason, new Report
        {
            QueueNanoseconds = Computation.Nanoseconds(queued),
            LoadNanoseconds = Computation.Nanoseconds(load),
            PromptTokens = prompt.Length,
            CachedPromptTokens = cached,
            PromptTokensSent = sent == prompt.Length ? null : sent,
            JumpedPromptTokens = request.JumpTokens,
            JumpNanoseconds = Computation.Nanoseconds(_jump),
            JumpFilledBytes = request.JumpTokens > 0 ? session.FilledByJump : 0,
            PrefillNanoseconds = Computation.Nanoseconds(prefill),
            OutputTokens = answer.Tokens,
            GenerationNanoseconds = Computation.Nanoseconds(answer.Took),
            NativePrefillNanoseconds = Computation.Nanoseconds(_work.NativePrefill),
            Tier = usage,
            NativeGenerationNanoseconds = Computation.Nanoseconds(_work.NativeGeneration),
        });
    }

    private int Reuse(int[] prompt)
    {
        var common = 0;
        if (request.PromptCache && request.JumpTokens == 0 && session.CanRollBack)
            // The last token is computed again: its scores are not kept.
            while (common < session.Held.Count && common < prompt.Length - 1 && session.Held[common] == prompt[common])
                common++;
        session.Keep(common);
        return common;
    }

    private bool Jump(int[] prompt)
    {
        if (request.JumpTokens == 0)
            return true;
        // The last token is computed: what follows is chosen by its scores.
        if (request.JumpTokens >= prompt.Length)
            throw new RefusedException(400, $"jump_tokens: {request.JumpTokens} is not less than the {prompt.Length} tokens of the prompt");
        var started = Stopwatch.GetTimestamp();
        session.FillCells();
        var jumped = session.Jump(prompt, request.JumpTokens);
        _jump = Stopwatch.GetElapsedTime(started);
        return jumped;
    }
}
