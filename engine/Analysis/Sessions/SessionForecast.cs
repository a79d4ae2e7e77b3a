using System.Text.Json.Serialization;

namespace MemoryWall.Analysis.Sessions;

/// <summary>What a forecast rests on.</summary>
/// <param name="Trace">The requests.</param>
/// <param name="Times">How long the server takes for a prompt and an answer.</param>
/// <param name="BytesPerToken">Bytes of KV cache of a token, above 0.</param>
internal sealed record SessionForecastInput(ScaledTrace Trace, MeasuredTimes Times, double BytesPerToken)
{
    /// <summary>How the server uses its cache.</summary>
    public CacheRules Rules { get; init; } = CacheRules.Blocks;
}

/// <summary>How caches of several sizes serve a trace, by simulation.</summary>
internal sealed record SessionForecast
{
    /// <summary>Requests of the trace.</summary>
    public required int Requests { get; init; }

    /// <summary>Blocks of all their prompts.</summary>
    public required long Blocks { get; init; }

    /// <summary>Tokens of a block.</summary>
    public required int BlockTokens { get; init; }

    /// <summary>From the first request to the last, in seconds.</summary>
    public required double SpanSeconds { get; init; }

    /// <summary>The median prompt.</summary>
    public required int MedianTokens { get; init; }

    /// <summary>The longest prompt.</summary>
    public required int LargestTokens { get; init; }

    /// <summary>Bytes of KV cache of one token.</summary>
    public required double BytesPerToken { get; init; }

    /// <summary>The largest context with measured times.</summary>
    public required int MeasuredTokens { get; init; }

    /// <summary>Requests with a longer prompt, whose times go on as over the last doubling of the measured contexts.</summary>
    public required int BeyondRequests { get; init; }

    /// <summary>Tokens of which only whole multiples are reused, 1 or more.</summary>
    public required int ReuseTokens { get; init; }

    /// <summary>Whether whole conversations are kept, as by the embedded server; false for a cache of blocks.</summary>
    public required bool KeepsConversations { get; init; }

    /// <summary>Without a cache: every prompt is computed, but for what the context itself keeps.</summary>
    public required CacheForecast Recompute { get; init; }

    /// <summary>Each size of RAM, alone and with each storage.</summary>
    public required IReadOnlyList<CacheForecast> Caches { get; init; }

    /// <summary>With RAM without limits: no cache finds more.</summary>
    public required CacheForecast Unlimited { get; init; }

    /// <summary>The bandwidth at which loading takes as long as computing, over context.</summary>
    public required IReadOnlyList<BreakEven> BreakEvens { get; init; }

    /// <summary>Recompute, each cache, and the one without limits.</summary>
    [JsonIgnore]
    public IReadOnlyList<CacheForecast> Rows => [Recompute, .. Caches, Unlimited];

    /// <summary>Simulates caches.</summary>
    /// <param name="input">The trace and the server.</param>
    /// <param name="ram">Sizes of RAM, 0 bytes or more each.</param>
    /// <param name="storages">Storages, none or more.</param>
    public static SessionForecast Compute(SessionForecastInput input, IReadOnlyList<RamSize> ram, IReadOnlyList<StorageSize> storages)
    {
        var (trace, times) = (input.Trace, input.Times);
        var simulation = new CacheSimulation(input);
        int[] prompts = [.. trace.Requests.Select(request => request.InputTokens).Order()];
        return new SessionForecast
        {
            Requests = prompts.Length,
            Blocks = trace.Lookups,
            BlockTokens = trace.BlockTokens,
            SpanSeconds = trace.Span,
            MedianTokens = prompts[(prompts.Length - 1) / 2],
            LargestTokens = prompts[^1],
            BytesPerToken = input.BytesPerToken,
            MeasuredTokens = times.MaxTokens,
            BeyondRequests = prompts.Count(tokens => times.IsBeyond(tokens)),
            ReuseTokens = input.Rules.ConversationBatchTokens ?? 1,
            KeepsConversations = input.Rules.ConversationBatchTokens is not null,
            Recompute = simulation.Run(new RamSize(0), null),
            Caches =
            [
                .. from size in ram
                   from storage in storages.Prepend(null)
                   where size.Bytes > 0 || storage is not null
                   select simulation.Run(size, storage),
            ],
            Unlimited = simulation.Run(null, null),
            BreakEvens = BreakEven.Compute(times, input.BytesPerToken),
        };
    }
}
