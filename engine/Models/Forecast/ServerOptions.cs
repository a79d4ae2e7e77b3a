using MemoryWall.Models.Graphs;

namespace MemoryWall.Models.Forecast;

/// <summary>How a llama-server is started, as far as it decides about memory. What is not given has the server's default.</summary>
internal sealed record ServerOptions
{
    // llama-server's number of slots where none is asked for; they then share one cache.
    private const int AutoSlots = 4;

    // Since llama.cpp#23861 (June 2026, about build 9430) a server reserves logits for one token of each slot, before for a micro-batch.
    private const int FirstBuildWithLogitsPerSlot = 9430;

    // llama.cpp#18898 (January 2026) builds one graph for tokens and for vectors.
    private const int FirstBuildWithVectorInputs = 7815;

    // The graph of build 11669 takes both in one micro-batch; sources of September 2026 do not yet. The exact build is not known.
    private const int FirstBuildWithMixedInputs = 11_400;

    /// <summary>Slots (<c>--parallel</c>), 1 to 256; null for <c>auto</c>.</summary>
    public int? Slots { get; init; }

    /// <summary>Whether the slots share one cache (<c>--kv-unified</c>); null for the default, which is yes where the slots are
    /// <c>auto</c>.</summary>
    public bool? Unified { get; init; }

    /// <summary>The server's build number; null for the newest that is known.</summary>
    public int? Build { get; init; }

    /// <summary>Tokens that the model's own prediction layers draft; 0 for none.</summary>
    public int DraftTokens { get; init; }

    /// <summary>Whether each slot has a cache of its own.</summary>
    public bool HasOwnCaches => !(Unified ?? Slots is null);

    /// <summary>Whether logits are reserved for each slot only.</summary>
    public bool HasLogitsPerSlot => (Build ?? int.MaxValue) >= FirstBuildWithLogitsPerSlot;

    /// <summary>These options applied to settings.</summary>
    public ForecastSettings Apply(ForecastSettings settings)
    {
        var slots = Slots ?? AutoSlots;
        return settings with
        {
            Sequences = slots,
            UnifiedCache = !HasOwnCaches,
            DraftTokens = DraftTokens,
            OutputTokens = HasLogitsPerSlot && slots > 0 ? slots * (1 + DraftTokens) : null,
            Vectors = (Build ?? int.MaxValue) switch
            {
                >= FirstBuildWithMixedInputs => VectorInput.AmongTokens,
                >= FirstBuildWithVectorInputs => VectorInput.InPlaceOfTokens,
                _ => VectorInput.None,
            },
        };
    }
}
