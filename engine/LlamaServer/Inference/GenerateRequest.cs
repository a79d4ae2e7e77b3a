namespace MemoryWall.LlamaServer.Inference;

/// <summary>A request of <c>/api/generate</c>, parsed and checked as far as possible without the model.</summary>
internal sealed record GenerateRequest
{
    /// <summary>The prompt's text; empty to only load or unload the model.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Makes the prompt's text when the model is loaded; null where the request has the text or the ids.</summary>
    public IPromptSource? PromptSource { get; init; }

    /// <summary>Bytes of the vocabulary's longest token; null where text is not cut into pieces of it.</summary>
    public int? LongestTokenBytes { get; init; }

    /// <summary>The prompt as token ids; null where it was sent as text.</summary>
    public int[]? PromptTokens { get; init; }

    /// <summary>The client that sent the request; clients take turns.</summary>
    public string Client { get; init; } = "";

    public bool Stream { get; init; } = true;

    /// <summary>Whether a prompt that does not fit the window is truncated; otherwise it is refused.</summary>
    public bool Truncate { get; init; }

    /// <summary>How long the model stays loaded after this request; null for no limit, zero to unload it at once.</summary>
    public TimeSpan? KeepAlive { get; init; }

    public bool UnloadAfter => KeepAlive == TimeSpan.Zero;

    public required ModelOptions Model { get; init; }

    public required ContextOptions Context { get; init; }

    /// <summary>Tokens to generate; null to generate until the window is full or the text ends.</summary>
    public int? MaxOutputTokens { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    public IReadOnlyList<string> StopSequences { get; init; } = [];

    public bool IgnoreEos { get; init; }

    public bool UsePromptCache { get; init; } = true;

    /// <summary>Prompt tokens, from the first, whose prefill is skipped: their KV cells keep synthetic values.</summary>
    public int SkipPromptTokens { get; init; }

    /// <summary>Depths at which a growing prompt is probed (incremental depth), the last one at its end; empty for a single
    /// response.</summary>
    public IReadOnlyList<int> ProbeDepths { get; init; } = [];

    /// <summary>Tokens before each probed depth that are computed (synthetic depth); null for all.</summary>
    public int? ProbeBatchTokens { get; init; }

    /// <summary>Whether the request is a turn of a conversation, whose KV cache is kept.</summary>
    public bool KeepsConversations { get; init; }

    /// <summary>Whether a turn uses only whole batches of what is kept, so that the answer is that of a computed prompt to the last
    /// bit.</summary>
    public bool ComputesWholeBatches { get; init; }

    /// <summary>Whether the request resumes from the longest saved state that the prompt begins with.</summary>
    public bool ResumeState { get; init; }

    /// <summary>Whether the KV cache of the prompt is saved after the response.</summary>
    public bool SaveState { get; init; }

    public bool ReportProgress { get; init; }

    public bool ReportTokenTimes { get; init; }

    public bool ReportAnswerTokens { get; init; }

    public bool HasPrompt => PromptTokens is { Length: > 0 } || Prompt.Length > 0 || PromptSource is not null;
}

/// <summary>How the next token is sampled. With a temperature of 0 the most likely token is taken.</summary>
internal sealed record SamplingOptions(float Temperature = 0, int TopK = 40, float TopP = 0.9f, uint Seed = 0);
