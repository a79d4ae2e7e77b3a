using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>The sizes in the configuration of a published model. Its weights follow from them, tensor by tensor.</summary>
internal sealed record KnownModel(string Name, string Architecture, int LayerCount, int Embedding, int Vocabulary, int TrainedContext)
{
    /// <summary>The attention of the layers; in a hybrid model, of the layers with attention.</summary>
    public required LayerShape Attention { get; init; }

    /// <summary>Heads of the recurrent layers (<c>mamba_n_heads</c>).</summary>
    public int RecurrentHeads { get; init; }

    /// <summary>The layer at an index; null where every layer is <see cref="Attention"/>.</summary>
    public Func<int, LayerShape>? LayerAt { get; init; }

    /// <summary>Width of the dense feed-forward block.</summary>
    public int FeedForward { get; init; }

    /// <summary>Whether a layer has a feed-forward block; null for all.</summary>
    public Func<int, bool>? HasFeedForwardAt { get; init; }

    /// <summary>Whether feed-forward blocks have no gate, so that they have two matrices instead of three.</summary>
    public bool HasNoFeedForwardGate { get; init; }

    /// <summary>Whether a layer's keys are its values too, so that it has no matrix for values; null for none.</summary>
    public Func<int, bool>? KeysAreValuesAt { get; init; }

    /// <summary>Number of leading layers with a dense feed-forward block in a mixture of experts.</summary>
    public int LeadingDenseLayers { get; init; }

    /// <summary>The experts; null in dense models.</summary>
    public ExpertShape? Experts { get; init; }

    /// <summary>Of so many layers the last has experts; 1 for all after <see cref="LeadingDenseLayers"/>.</summary>
    public int ExpertPeriod { get; init; } = 1;

    /// <summary>Whether layers with experts have a dense block beside them (Gemma 4).</summary>
    public bool HasDenseBesideExperts { get; init; }

    /// <summary>Whether queries have a gate of their own size, so that their matrix is twice as large.</summary>
    public bool HasQueryGate { get; init; }

    /// <summary>Width of the additional input of each layer (Gemma 3n and 4); 0 for none.</summary>
    public int PerLayerInput { get; init; }

    /// <summary>Number of last layers that read the keys and values of earlier ones.</summary>
    public int SharedKvLayers { get; init; }

    /// <summary>Parameters of further matrices of each layer.</summary>
    public long MatricesPerLayer { get; init; }

    /// <summary>Parameters of further matrices that belong to no layer.</summary>
    public long OtherMatrices { get; init; }

    /// <summary>Whether the token embedding is also the output matrix.</summary>
    public bool Tied { get; init; }

    /// <summary>Rank of the compressed queries (<c>q_lora_rank</c>); latent attention only.</summary>
    public int QueryRank { get; init; }

    /// <summary>Small f32 tensors of each layer: norms, biases, sinks.</summary>
    public long VectorsPerLayer { get; init; }

    /// <summary>The weight type of the usual download.</summary>
    public WeightType PublishedType { get; init; } = WeightType.Q4_K_M;

    public ModelShape CreateShape(WeightType type)
    {
        var groups = WeightGroup.Enumerate(this, type).ToList();
        var input = groups[0];
        return new ModelShape
        {
            Architecture = Architecture,
            Name = Name,
            EmbeddingLength = Embedding,
            VocabularySize = Vocabulary,
            TrainedContextTokens = TrainedContext,
            ParameterCount = groups.Sum(group => group.Parameters),
            WeightBytes = groups.Sum(group => group.Bytes),
            // Only one row of the input embedding is read per token, which is negligible unless it is also the output matrix.
            ActiveWeightBytes = (long)groups.Sum(group => group.Bytes * group.TouchedShare),
            InputWeightBytes = input.Bytes,
            OutputWeightBytes = Tied ? 0 : groups[1].Bytes,
            LayerWeights = [.. Enumerable.Range(0, LayerCount).Select(layer => SumLayer(type, layer))],
            WeightTensors = [.. groups.Select(group => new WeightTensor(group.Name, group.Bytes))],
            FeedForwardLength = FeedForward == 0 ? null : FeedForward,
            ExpertFeedForwardLength = Experts?.Width,
            SharedExpertLength = Experts is { SharedWidth: > 0 and var shared } ? shared : null,
            LeadingDenseLayers = LeadingDenseLayers == 0 ? null : LeadingDenseLayers,
            ExpertPeriod = ExpertPeriod,
            ExpertCount = Experts?.Count,
            ExpertUsedCount = Experts?.UsedPerToken,
            PerLayerInputLength = PerLayerInput == 0 ? null : PerLayerInput,
            WidestValueLength = SharedKvLayers == 0 ? null
                : (int)Enumerable.Range(0, LayerCount).Max(i => KvCacheLayout.ValueWidth(GetLayer(i))),
            Layers = [.. Enumerable.Range(0, LayerCount).Select(i => GetLayer(i) is AttentionLayer layer && i >= LayerCount - SharedKvLayers
                ? layer with { KvHeadCount = 0, SharesKv = true } : GetLayer(i))],
        };
    }

    private LayerWeights SumLayer(WeightType type, int layer)
    {
        var groups = WeightGroup.EnumerateLayer(this, type, layer).ToList();
        // Only experts are read in part.
        return new LayerWeights(groups.Sum(group => group.Bytes),
            groups.Where(group => group.TouchedShare < 1).Sum(group => group.Bytes));
    }

    /// <summary>Whether a layer has experts and no dense block.</summary>
    public bool HasExperts(int index) => Experts is not null && index >= LeadingDenseLayers && (index + 1) % ExpertPeriod == 0;

    public LayerShape GetLayer(int index) => (LayerAt?.Invoke(index) ?? Attention) switch
    {
        RecurrentLayer { StateSize: > 0 } layer => layer with { HeadCount = RecurrentHeads },
        LatentAttentionLayer layer => layer with { QueryRank = QueryRank },
        var layer => layer,
    };
}

/// <summary>A mixture of experts.</summary>
/// <param name="Count">Experts in a layer.</param>
/// <param name="UsedPerToken">Experts used per token.</param>
/// <param name="Width">Width of one expert.</param>
/// <param name="SharedWidth">Width of the shared expert that every token uses; 0 for none.</param>
/// <param name="BiasedRouter">Whether the router has a bias per expert.</param>
internal sealed record ExpertShape(int Count, int UsedPerToken, int Width, int SharedWidth = 0, bool BiasedRouter = false);
