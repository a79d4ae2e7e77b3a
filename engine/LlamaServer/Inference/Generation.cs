using System.Diagnostics;
using System.Text;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Runs one request on the session: prompt in batches, then token after token, each stamped when it was chosen.</summary>
internal sealed class Generation(Session session, GenerateRequest request, Action<Frame> emit, CancellationToken cancellation)
{
    private long _origin;
    private long _nativePrefill;
    private long _nativeGeneration;
    private TimeSpan _jump;

    /// <summary>Runs to the end; null where it was stopped.</summary>
    public FinalFrame? Run(TimeSpan queued, TimeSpan load)
    {
        var (prompt, sent) = Prompt();
        var cached = Reuse(prompt);
        if (!Jump(prompt))
            return null;
        _origin = Stopwatch.GetTimestamp();
        var there = session.Held.Count;
        if (!Prefill(prompt, there))
            return null;
        var prefillEnded = Stopwatch.GetTimestamp();
        var lastBatch = (prompt.Length - there - 1) % request.Context.BatchTokens + 1;
        if (Generate(prompt.Length, lastBatch) is not { } generated)
            return null;
        var (output, reason, first, last) = generated;
        return new FinalFrame(reason, new Report
        {
            QueueNanoseconds = Nanoseconds(queued),
            LoadNanoseconds = Nanoseconds(load),
            PromptTokens = prompt.Length,
            CachedPromptTokens = cached,
            PromptTokensSent = sent == prompt.Length ? null : sent,
            JumpedPromptTokens = request.JumpTokens,
            JumpNanoseconds = Nanoseconds(_jump),
            JumpFilledBytes = request.JumpTokens > 0 ? session.FilledByJump : 0,
            PrefillNanoseconds = Nanoseconds(Stopwatch.GetElapsedTime(_origin, prefillEnded)),
            OutputTokens = output,
            GenerationNanoseconds = output < 2 ? 0 : Nanoseconds(Stopwatch.GetElapsedTime(first, last)),
            NativePrefillNanoseconds = Nanoseconds(Stopwatch.GetElapsedTime(0, _nativePrefill)),
            NativeGenerationNanoseconds = Nanoseconds(Stopwatch.GetElapsedTime(0, _nativeGeneration)),
        });
    }

    private (int[] Tokens, int Sent) Prompt()
    {
        var vocabulary = session.Model.Vocab;
        var tokens = request.PromptTokens ?? Array.ConvertAll(session.Model.Tokenize(request.Prompt, vocabulary.ShouldAddBOS, true, Encoding.UTF8), token => (int)token);
        if (tokens.Length == 0)
            throw new RefusedException(400, "the prompt holds no token");
        for (var i = 0; i < tokens.Length; i++)
            if ((uint)tokens[i] >= (uint)vocabulary.Count)
                throw new RefusedException(400, $"prompt_tokens[{i}]: {tokens[i]} is no token; 0 to {vocabulary.Count - 1}");
        // One cell is kept for the first token of the answer.
        var most = session.WindowTokens - 1;
        if (tokens.Length <= most)
            return (tokens, tokens.Length);
        if (!request.Truncate)
            throw new RefusedException(400, $"the prompt has {tokens.Length} tokens, but the context window of {session.WindowTokens} takes {most} (num_ctx {request.Context.WindowTokens}); truncate was not asked for");
        var room = Math.Max(1, session.WindowTokens - Math.Max(1, request.PredictTokens ?? 1));
        // As a chat would want it: the beginning token stays, the oldest text goes.
        return ([tokens[0], .. tokens.AsSpan(tokens.Length - room + 1)], tokens.Length);
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
        var jumped = session.Jump(prompt.AsSpan(0, request.JumpTokens));
        _jump = Stopwatch.GetElapsedTime(started);
        return jumped;
    }

    private bool Prefill(int[] prompt, int from)
    {
        for (var at = from; at < prompt.Length;)
        {
            if (cancellation.IsCancellationRequested)
                return false;
            var count = Math.Min(request.Context.BatchTokens, prompt.Length - at);
            if (!Decode(prompt.AsSpan(at, count), at + count == prompt.Length, ref _nativePrefill))
                return false;
            at += count;
            if (request.ReportProgress)
                emit(new ProgressFrame(at, prompt.Length, Elapsed(Stopwatch.GetTimestamp())));
        }
        return true;
    }

    private (int Output, string Reason, long First, long Last)? Generate(int promptTokens, int lastBatch)
    {
        var room = session.WindowTokens - promptTokens;
        var most = Math.Min(request.PredictTokens ?? room, room);
        if (most == 0)
            return (0, "length", 0, 0);
        using var chooser = new TokenChooser(request.Sampling);
        var text = new TokenText(session.Model);
        var stop = new StopText(request.Stop);
        var token = chooser.Choose(session, lastBatch);
        var first = Stopwatch.GetTimestamp();
        var last = first;
        for (var output = 1; ; output++)
        {
            var ended = session.Model.Vocab.EOS is var eos && (token == (int?)eos || token == (int?)session.Model.Vocab.EOT) && !request.IgnoreEos;
            var (shown, stopped) = ended ? ("", false) : stop.Add(text.Add(token));
            var isLast = ended || stopped || output == most;
            if (isLast && !stopped)
                shown += stop.Rest();
            emit(new TokenFrame(shown, Elapsed(last)));
            if (isLast)
                return (output, ended || stopped ? "stop" : "length", first, last);
            if (cancellation.IsCancellationRequested || !Decode([token], wantLogits: true, ref _nativeGeneration))
                return null;
            token = chooser.Choose(session, 1);
            last = Stopwatch.GetTimestamp();
        }
    }

    private bool Decode(ReadOnlySpan<int> tokens, bool wantLogits, ref long native)
    {
        var started = Stopwatch.GetTimestamp();
        var done = session.Decode(tokens, wantLogits);
        native += Stopwatch.GetTimestamp() - started;
        return done;
    }

    private long Elapsed(long timestamp) => Nanoseconds(Stopwatch.GetElapsedTime(_origin, timestamp));

    private static long Nanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;
}
