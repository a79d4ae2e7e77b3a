using System.Diagnostics;
using LLama.Native;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>
/// The steps of a request: the prompt in batches, then token after token, each stamped when it is sampled. Stamps count from
/// <see cref="RestartClock"/>; <see cref="SetElapsed"/> excludes time from them.
/// </summary>
internal sealed class InferenceLoop(ModelContext session, GenerateRequest request, Action<ResponseFrame> emit,
    CancellationToken cancellation)
{
    private long _origin;
    private long _nativePrefillTicks;
    private long _nativeGenerationTicks;
    private int _lastBatchTokens;

    /// <summary>Time inside llama.cpp for prompts since <see cref="RestartClock"/>.</summary>
    public TimeSpan NativePrefillTime => Stopwatch.GetElapsedTime(0, _nativePrefillTicks);

    /// <summary>Time inside llama.cpp for the tokens of the last response after its first token.</summary>
    public TimeSpan NativeGenerationTime => Stopwatch.GetElapsedTime(0, _nativeGenerationTicks);

    /// <summary>Time inside llama.cpp to convert the prompt's text to tokens; null for a prompt of token ids.</summary>
    public TimeSpan? TokenizeTime { get; private set; }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_origin);

    /// <summary>Restarts the clock at 0.</summary>
    public void RestartClock()
    {
        _origin = Stopwatch.GetTimestamp();
        _nativePrefillTicks = 0;
    }

    /// <summary>Sets the clock to an earlier value, to exclude the time since then.</summary>
    public void SetElapsed(TimeSpan elapsed) => _origin = Stopwatch.GetTimestamp() - (long)(elapsed.TotalSeconds * Stopwatch.Frequency);

    /// <summary>The request's prompt as tokens, truncated where the request allows it, and the number of tokens sent.</summary>
    /// <exception cref="RefusedException">The prompt is empty, too long, or contains an id outside the vocabulary.</exception>
    public (int[] Tokens, int Sent) TokenizePrompt()
    {
        var vocabulary = session.Model.Vocab;
        var tokens = request.PromptTokens
            ?? Tokenize(request.PromptSource is { } source ? MakePrompt(source) : request.Prompt, vocabulary.ShouldAddBOS);
        if (tokens.Length == 0)
            throw new RefusedException(400, "the prompt has no tokens");
        for (var i = 0; i < tokens.Length; i++)
            if ((uint)tokens[i] >= (uint)vocabulary.Count)
                throw new RefusedException(400,
                    $"prompt_tokens[{i}]: {tokens[i]} is not a token id; the ids are 0 to {vocabulary.Count - 1}");
        // One cell is reserved for the first token of the response.
        var maxTokens = session.WindowTokens - 1;
        if (tokens.Length <= maxTokens)
            return (tokens, tokens.Length);
        if (!request.Truncate)
            throw new RefusedException(400,
                $"the prompt has {tokens.Length} tokens, but the context window of {session.WindowTokens} has room for {maxTokens} "
                + $"(num_ctx {request.Context.WindowTokens}); increase num_ctx, or set truncate");
        var room = Math.Max(1, session.WindowTokens - Math.Max(1, request.MaxOutputTokens ?? 1));
        // As in a chat, the first token (BOS) stays and the oldest text is dropped.
        return ([tokens[0], .. tokens.AsSpan(tokens.Length - room + 1)], tokens.Length);
    }

    // Making tokens of a very long text cannot be stopped, and all other requests wait for it.
    private string MakePrompt(IPromptSource source)
    {
        var text = source.Write(SpecialTokens.Read(session.Model));
        PromptLength.CheckMade(text, session.WindowTokens, request);
        return text;
    }

    private int[] Tokenize(string text, bool addBos)
    {
        (var tokens, TokenizeTime) = NativeTokenizer.Tokenize(session.Model, text, addBos);
        return tokens;
    }

    /// <summary>Computes the prompt from the first token that is not in the KV cache up to a token; false where the request was
    /// cancelled.</summary>
    public bool Prefill(int[] prompt, int endToken)
    {
        while (session.CachedTokens.Count < endToken)
        {
            if (cancellation.IsCancellationRequested)
                return false;
            var at = session.CachedTokens.Count;
            _lastBatchTokens = Math.Min(request.Context.BatchTokens, endToken - at);
            if (!Decode(prompt.AsSpan(at, _lastBatchTokens), at + _lastBatchTokens == endToken, ref _nativePrefillTicks))
                return false;
            if (request.ReportProgress)
                emit(new ProgressFrame(at + _lastBatchTokens, prompt.Length, ToNanoseconds(Elapsed)));
        }
        return true;
    }

    /// <summary>The logits after the last prompt token.</summary>
    public float[] CopyPromptLogits() => session.Logits(_lastBatchTokens).ToArray();

    /// <summary>Generates after the tokens in the KV cache; null where the request was cancelled.</summary>
    public GenerationResult? Generate()
    {
        _nativeGenerationTicks = 0;
        var room = session.WindowTokens - session.CachedTokens.Count;
        var maxOutput = Math.Min(request.MaxOutputTokens ?? room, room);
        if (maxOutput == 0)
            return new GenerationResult(0, "length", TimeSpan.Zero, null);
        using var chooser = new TokenSampler(request.Sampling);
        var text = new Detokenizer(session.Model);
        var stop = new StopSequenceFilter(request.StopSequences);
        var token = chooser.Sample(session, _lastBatchTokens);
        var first = Elapsed;
        var last = first;
        var tokens = new List<int>();
        for (var output = 1; ; output++)
        {
            tokens.Add(token);
            // As llama.cpp's own programs: not only EOS, a chat also ends with what the vocabulary marks as the end of a turn.
            var ended = !request.IgnoreEos && ((LLamaToken)token).IsEndOfGeneration(session.Model.Vocab);
            var (shown, stopped) = ended ? ("", false) : stop.Add(text.Append(token));
            var isLast = ended || stopped || output == maxOutput;
            if (isLast && !stopped)
                shown += stop.TakePending();
            emit(new TokenFrame(shown, ToNanoseconds(last)));
            if (isLast)
                return new GenerationResult(output, ended || stopped ? "stop" : "length", last - first, first) { Tokens = tokens };
            if (cancellation.IsCancellationRequested || !Decode([token], wantLogits: true, ref _nativeGenerationTicks))
                return null;
            token = chooser.Sample(session, 1);
            last = Elapsed;
        }
    }

    public static long ToNanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;

    private bool Decode(ReadOnlySpan<int> tokens, bool wantLogits, ref long native)
    {
        var started = Stopwatch.GetTimestamp();
        var done = session.Decode(tokens, wantLogits);
        native += Stopwatch.GetTimestamp() - started;
        return done;
    }
}

/// <summary>The result of a generation.</summary>
/// <param name="OutputTokens">Number of generated tokens.</param>
/// <param name="DoneReason">Why the generation ended.</param>
/// <param name="Duration">From the first generated token to the last: one step less than tokens.</param>
/// <param name="FirstToken">When the first token was sampled, on the clock of the loop; null where none was.</param>
internal readonly record struct GenerationResult(int OutputTokens, string DoneReason, TimeSpan Duration, TimeSpan? FirstToken)
{
    /// <summary>The tokens, the last of which may be one that ends the text; null for none.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }
}
