namespace MemoryWall.LlamaServer.Inference;

/// <summary>One request to generate, read and checked as far as that goes without the model.</summary>
internal sealed record GenerateRequest
{
    /// <summary>The prompt's text; empty to load or unload only.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The prompt as token ids; null where it came as text.</summary>
    public int[]? PromptTokens { get; init; }

    public bool Stream { get; init; } = true;

    /// <summary>Whether an over-long prompt is cut; otherwise it is refused.</summary>
    public bool Truncate { get; init; }

    /// <summary>How long the model stays after this request; null until it is let go of, zero not at all.</summary>
    public TimeSpan? KeepAlive { get; init; }

    public bool UnloadAfter => KeepAlive == TimeSpan.Zero;

    public required ModelOptions Model { get; init; }

    public required ContextOptions Context { get; init; }

    /// <summary>Tokens to generate; null until the window is full or the text ends.</summary>
    public int? MaxOutputTokens { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    public IReadOnlyList<string> StopSequences { get; init; } = [];

    public bool IgnoreEos { get; init; }

    public bool UsePromptCache { get; init; } = true;

    /// <summary>Prompt tokens, from the first, that take their cells without being computed.</summary>
    public int SkipPromptTokens { get; init; }

    /// <summary>Depths at which a growing prompt is to be probed, the last at its end; empty for a request of one answer.</summary>
    public IReadOnlyList<int> ProbeDepths { get; init; } = [];

    /// <summary>Tokens before each of them that are computed; null for all.</summary>
    public int? ProbeBatchTokens { get; init; }

    /// <summary>Whether the longest saved state that the prompt begins with is taken up.</summary>
    public bool ResumeState { get; init; }

    /// <summary>Whether the state is saved when the prompt is done.</summary>
    public bool SaveState { get; init; }

    public bool ReportProgress { get; init; }

    public bool ReportTokenTimes { get; init; }

    public bool HasPrompt => PromptTokens is { Length: > 0 } || Prompt.Length > 0;
}

/// <summary>How the next token is chosen. Without a temperature, or with 0, the likeliest.</summary>
internal sealed record SamplingOptions(float Temperature = 0, int TopK = 40, float TopP = 0.9f, uint Seed = 0);
