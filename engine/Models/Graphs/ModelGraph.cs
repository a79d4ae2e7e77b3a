using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>
/// The graph of a model, as llama.cpp builds it for a micro-batch (<c>src/models</c>), and the memory in which it is computed. Layers that
/// are alike use the same memory one after the other, so of each kind the first three are described, and the last of all; where kinds
/// take turns, their order counts too.
/// </summary>
internal sealed class ModelGraph
{
    private const int KeptOfAKind = 3;
    private const int KeptInOrder = 24;
    private const int Float = 4;
    private readonly ModelShape _shape;
    private readonly GraphTraits _traits;
    private readonly List<LayerPlan> _plans;
    private readonly bool _hasWindows;
    private readonly IReadOnlyList<LayerShape> _omitted;

    /// <summary>What one layer computes.</summary>
    private readonly record struct LayerPlan(LayerShape Layer, LayerShape? Second, bool HasExperts, bool HasFeedForward);

    public ModelGraph(ModelShape shape, GraphTraits traits)
    {
        (_shape, _traits) = (shape, traits);
        var all = Plan().ToList();
        _plans = [];
        // Each checkpoint of the residual stream stays in memory, and stacks that run in turn begin and end at their own layers.
        var inOrder = shape.CheckpointPeriod > 0 || shape.Cycles is not null ? int.MaxValue
            : all.Distinct().Take(2).Count() > 1 ? KeptInOrder : 0;
        var omitted = new List<LayerShape>();
        var seen = new Dictionary<LayerPlan, int>();
        for (var i = 0; i < all.Count; i++)
        {
            var count = seen[all[i]] = seen.GetValueOrDefault(all[i]) + 1;
            if (count <= KeptOfAKind || i < inOrder || i == all.Count - 1)
                _plans.Add(all[i]);
            else
                omitted.Add(all[i].Layer);
        }

        _omitted = omitted;
        _hasWindows = shape.Layers.Any(layer => layer is AttentionLayer { SlidingWindow: not null });
    }

    /// <summary>Bytes that are reserved for a micro-batch.</summary>
    public long ReserveBytes(GraphBatch batch)
    {
        var bytes = GraphAllocator.ReserveBytes(Build(batch));
        // Where the pairs of tokens of one sequence count, llama.cpp reserves for one sequence too.
        return _traits.ReservesForOneSequence && batch.Sequences > 1
            ? Math.Max(bytes, GraphAllocator.ReserveBytes(Build(batch with { Sequences = 1 }))) : bytes;
    }

    private ComputeGraph Build(GraphBatch batch)
    {
        var context = new GraphContext(batch, _shape.EmbeddingLength)
        {
            HasWindows = _hasWindows,
            HasGroupNorm = _traits.HasGroupNorm,
        };
        var stream = context.Begin();
        var perLayer = _shape.PerLayerInputLength ?? 0;
        var isAltUp = _shape.Architecture == "gemma3n";
        var all = LayerInputs.BuildAll(context, stream, (perLayer, _shape.LayerCount), isAltUp);
        AddOmitted(context);
        var residual = CreateResidual(context);
        var ngrams = _shape.Layers.Any(layer => layer is RecurrentLayer { EmbeddingHistory: > 0 }) ? NgramBlock.LookUp(context) : null;
        if (residual is not null)
            stream = residual.Begin(stream);
        if (isAltUp)
            stream = AltUpLayer.Begin(context, stream);
        for (var i = 0; i < _plans.Count; i++)
        {
            var plan = _plans[i];
            var inputs = new LayerInputs(_traits, plan.HasFeedForward ? FeedForwardWidth : 0, plan.HasExperts ? Experts : null,
                perLayer, all);
            var isLast = i == _plans.Count - 1 && !KeepsAllRows(batch);
            if (ngrams is not null && plan.Layer is RecurrentLayer { EmbeddingHistory: > 0 } kept)
                stream = NgramBlock.Add(context, stream, ngrams, _shape.ResidualStreams, kept.EmbeddingHistory);
            stream = isAltUp && plan.Layer is AttentionLayer attention ? AltUpLayer.Build(context, stream, attention, inputs)
                : residual is null ? BuildLayer(context, stream, plan, (inputs, isLast))
                : residual.AddLayer(stream, source => ReadTokens(context, source, plan.Layer),
                    source => FeedForward(context, source, inputs), isLast);
        }

        if (isAltUp)
            stream = AltUpLayer.End(context, stream);
        if (residual is null)
            End(context, stream, isAltUp);
        else
            AddLogits(context, EndResidual(residual, stream));
        return context.Graph;
    }

    // What drafts goes on with all of them.
    private bool KeepsAllRows(GraphBatch batch) => _traits.KeepsAllRows || batch.IsForDrafts;

    private static GraphTensor EndResidual(IResidualStream residual, GraphTensor stream)
    {
        var normed = residual.End(stream);
        normed.IsOutput = true;
        return normed;
    }

    private IResidualStream? CreateResidual(GraphContext context) =>
        _traits.Mixing != StreamMixing.None
            ? new HyperConnections(context, _traits.Mixing, _shape.ResidualStreams, _shape.StreamMixRank)
        : _shape.CheckpointPeriod > 0 ? new ResidualCheckpoints(context, _shape.CheckpointPeriod)
        : _shape.Cycles is { } cycles ? new ResidualCycles(context, cycles) : null;

    private void End(GraphContext context, GraphTensor stream, bool isAltUp)
    {
        if (isAltUp)
            stream = context.KeepOutputs(stream)[0];
        var normed = context.Norm(stream, _traits.HasLayerNorm);
        normed.IsOutput = true;
        if (KeepsAllRows(context.Batch) && context.Batch.Outputs < context.Batch.Tokens)
            normed = context.KeepOutputs(normed)[0];
        AddLogits(context, normed);
    }

    private void AddLogits(GraphContext context, GraphTensor normed)
    {
        if (!context.Batch.HasLogits || _shape.VocabularySize is not { } vocabulary)
        {
            context.Graph.Add(normed);
            return;
        }

        var logits = context.Wide(vocabulary, normed);
        logits.IsOutput = true;
        context.Graph.Add(logits);
    }

    private GraphTensor BuildLayer(
        GraphContext context, GraphTensor stream, LayerPlan plan, (LayerInputs Inputs, bool IsLast) how)
    {
        var (inputs, isLast) = how;
        if (plan.Layer is StatelessLayer)
            return AddFeedForward(context, stream, inputs, stream);
        var normed = context.Norm(stream, _traits.HasLayerNorm);
        var read = ReadTokens(context, normed, plan.Layer);
        if (plan.Second is not null)
            read = GraphContext.Each(ReadTokens(context, normed, plan.Second), read);
        if (isLast)
        {
            var kept = context.KeepOutputs(read, stream, normed);
            (read, stream, normed) = (kept[0], kept[1], kept[2]);
        }

        if (inputs.FeedForward == 0 && inputs.Experts is null)
            return GraphContext.Each(read, stream);
        return AddPerLayer(context, inputs, isLast, _traits.FeedForward switch
        {
            FeedForwardInput.AttentionInput => Beside(context, inputs, normed, (read, stream)),
            FeedForwardInput.NormedStream => Beside(context, inputs, context.Norm(stream, _traits.HasLayerNorm), (read, stream)),
            _ when inputs is { Experts: { } experts, FeedForward: > 0 } => AddBoth(context, (read, stream), inputs, experts),
            _ => AddFeedForward(context, Add(read, stream), inputs, null),
        });
    }

    private GraphTensor Beside(GraphContext context, LayerInputs inputs, GraphTensor source, (GraphTensor Read, GraphTensor Stream) more)
    {
        var fed = FeedForward(context, source, inputs);
        return GraphContext.Each(_traits.AddsAttentionFirst ? GraphContext.Each(more.Read, fed) : GraphContext.Each(fed, more.Read),
            more.Stream);
    }

    private GraphTensor AddBoth(
        GraphContext context, (GraphTensor Read, GraphTensor Stream) parts, LayerInputs inputs, ExpertSizes experts)
    {
        var sum = GraphContext.Each(parts.Read, parts.Stream);
        var dense = FeedForwardBlock.Dense(context, context.Norm(sum, _traits.HasLayerNorm), inputs.FeedForward, _traits.IsGated);
        var mixed = FeedForwardBlock.Experts(context, context.Norm(sum, _traits.HasLayerNorm), experts);
        return GraphContext.Each(GraphContext.Each(dense, mixed), sum);
    }

    private GraphTensor AddFeedForward(GraphContext context, GraphTensor sum, LayerInputs inputs, GraphTensor? residual)
    {
        var source = _traits.FeedForward == FeedForwardInput.Sum ? sum : context.Norm(sum, _traits.HasLayerNorm);
        return Add(FeedForward(context, source, inputs), residual ?? sum);
    }

    // The sum is written over the first that it can be written over.
    private GraphTensor Add(GraphTensor block, GraphTensor stream) =>
        _traits.AddsToStream ? GraphContext.Each(stream, block) : GraphContext.Each(block, stream);

    private GraphTensor FeedForward(GraphContext context, GraphTensor source, LayerInputs inputs) => inputs.Experts is { } experts
        ? FeedForwardBlock.Experts(context, source, experts)
        : FeedForwardBlock.Dense(context, source, inputs.FeedForward, _traits.IsGated, _traits.HasSituActivation);

    private static GraphTensor AddPerLayer(GraphContext context, LayerInputs inputs, bool isLast, GraphTensor stream)
    {
        if (inputs.All is null || isLast)
            return stream;
        var gate = GraphContext.Each(GraphContext.Each(context.Wide(inputs.PerLayer, stream)), inputs.Slice(context));
        return GraphContext.Each(stream, context.Norm(context.Wide(context.Embedding, gate)));
    }

    private GraphTensor ReadTokens(GraphContext context, GraphTensor source, LayerShape layer) => layer switch
    {
        AttentionLayer attention => AttentionBlock.Build(context, source, attention, _traits),
        LatentAttentionLayer latent => LatentBlock.Build(context, source, latent, _traits),
        CompressedAttentionLayer compressed => CompressedBlock.Build(context, source, compressed),
        RecurrentLayer recurrent => RecurrentBlock.Build(context, source, recurrent, _traits.Recurrent),
        _ => source,
    };

    // What the indexers of all layers need exists from the start.
    private void AddOmitted(GraphContext context)
    {
        foreach (var layer in _omitted)
        {
            var bytes = checked(context.Rows * layer switch
            {
                LatentAttentionLayer { IndexerLength: > 0 } latent =>
                    Float * LatentBlock.CountChosen(latent, context.Batch.Cells(null)),
                CompressedAttentionLayer { IndexerLength: > 0 } compressed =>
                    context.MaskNumber * CompressedBlock.CountChosen(context, compressed),
                LatentAttentionLayer { Index: { PoolTokens: > 0 } index } => Float * (long)index.Length,
                AttentionLayer { Index: { PoolTokens: > 0 } index } => Float * ((long)index.Length + index.HeadCount),
                _ => 0,
            });
            if (bytes > 0)
                context.Graph.Add(Input(bytes));
        }
    }

    // If the width is unknown, four times the embedding is assumed, the largest in use.
    private long FeedForwardWidth => _shape.FeedForwardLength ?? (_shape.ExpertCount is null ? 4L * _shape.EmbeddingLength : 0);

    private ExpertSizes? Experts => _shape.ExpertCount is not { } count ? null
        : new(count, _shape.ExpertUsedCount ?? 1, _shape.ExpertFeedForwardLength ?? _shape.EmbeddingLength)
        {
            SharedWidth = _shape.SharedExpertLength ?? 0,
            IsGated = _traits.IsGated,
            WeighsInputs = _shape.Architecture == "llama4",
            LatentWidth = _shape.ExpertLatentLength ?? 0,
            HasSituActivation = _traits.HasSituActivation,
        };

    private IEnumerable<LayerPlan> Plan()
    {
        var layers = _shape.Layers;
        var isAlone = _traits.HasLayersAlone;
        var index = 0;
        for (var i = 0; i < layers.Count; i++)
        {
            // Layers that only draft do not run.
            if (layers[i] is StatelessLayer && !isAlone)
                continue;
            var second = _traits.HasPairs && i + 1 < layers.Count ? layers[++i] : null;
            var feeds = !isAlone || layers[i] is StatelessLayer;
            var mixes = _shape.ExpertCount is not null && index >= (_shape.LeadingDenseLayers ?? 0)
                && (index + 1) % _shape.ExpertPeriod == 0;
            var isDense = !mixes || _traits.HasDenseBesideExperts;
            yield return new(layers[i - (second is null ? 0 : 1)], second, feeds && mixes, feeds && isDense && _traits.HasFeedForward);
            index++;
        }
    }
}
