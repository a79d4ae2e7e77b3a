using MemoryWall.Core.Facts;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>Layers that keep a state in place of keys and values.</summary>
internal static class RecurrentBlock
{
    private const int Float = 4;

    /// <summary>The block of an architecture.</summary>
    public static GraphTensor Build(GraphContext context, GraphTensor source, RecurrentLayer layer, RecurrentKind kind) => kind switch
    {
        RecurrentKind.Scan => Scan(context, source, layer),
        RecurrentKind.GroupedScan => GroupedScan(context, source, layer),
        RecurrentKind.DeltaNet => DeltaNet(context, source, layer, repeats: false),
        RecurrentKind.RepeatedDeltaNet => DeltaNet(context, source, layer, repeats: true),
        RecurrentKind.KeyedDeltaNet => KeyedDeltaNet(context, source, layer, hasFullGate: false),
        RecurrentKind.KeyedDeltaNetFullGate => KeyedDeltaNet(context, source, layer, hasFullGate: true),
        RecurrentKind.ShortConvolution => ShortConvolution(context, source, layer),
        RecurrentKind.Lightning => Lightning(context, source, layer),
        _ => Unknown(context, source, layer),
    };

    private static GraphTensor Part(GraphContext context, GraphTensor of, long width) => View(of, Float * width * context.Rows);

    /// <summary>The state of each sequence, read from the cache.</summary>
    private static GraphTensor ReadState(GraphContext context, long width)
    {
        var state = new GraphTensor(checked(Float * width * context.Batch.Sequences), []);
        context.Graph.Add(state);
        return state;
    }

    /// <summary>A convolution over the tokens and those before them, whose last inputs are kept.</summary>
    private static GraphTensor Convolve(GraphContext context, GraphTensor source, RecurrentLayer layer, long width, GraphTensor state)
    {
        var before = Float * (layer.ConvolutionKernel - 1L) * width * context.Batch.Sequences;
        var inputs = new GraphTensor(checked(Float * width * context.Rows + before), [View(state), View(source)]);
        context.Graph.Add(Store(View(inputs)));
        return GraphContext.Each(context.Wide(width, inputs));
    }

    /// <summary>Mamba: the input decides the step of each channel.</summary>
    private static GraphTensor Scan(GraphContext context, GraphTensor source, RecurrentLayer layer)
    {
        long inner = layer.InnerSize, states = layer.StateSize;
        var before = ReadState(context, (layer.ConvolutionKernel - 1L) * inner);
        var both = context.Wide(2 * inner, source);
        var mixed = Convolve(context, Part(context, both, inner), layer, inner, before);
        var parameters = context.Wide(layer.HeadCount + 2 * states, mixed);
        var step = context.Wide(inner, context.Wide(layer.HeadCount, Part(context, parameters, layer.HeadCount)));
        return Finish(context, layer, both, View(mixed), [View(mixed), step, Part(context, parameters, states)]);
    }

    /// <summary>Mamba-2: steps for each head, states in groups.</summary>
    private static GraphTensor GroupedScan(GraphContext context, GraphTensor source, RecurrentLayer layer)
    {
        long inner = layer.InnerSize, width = inner + 2L * layer.GroupCount * layer.StateSize;
        var before = ReadState(context, (layer.ConvolutionKernel - 1L) * width);
        var all = context.Wide(inner + width + layer.HeadCount, source);
        var mixed = Convolve(context, Part(context, all, width), layer, width, before);
        var step = context.Wide(layer.HeadCount, Part(context, all, layer.HeadCount));
        return Finish(context, layer, all, Part(context, mixed, inner), [Part(context, mixed, inner), step,
            Part(context, mixed, width - inner)]);
    }

    private static GraphTensor Finish(
        GraphContext context, RecurrentLayer layer, GraphTensor gates, GraphTensor mixed, GraphTensor[] scanned)
    {
        long inner = layer.InnerSize;
        var states = layer.StateSize * inner * context.Batch.Sequences * context.Batch.KeptStates;
        var scan = new GraphTensor(checked(Float * (inner * context.Rows + states)), scanned);
        context.Graph.Add(scan);
        context.Graph.Add(Store(View(scan)));
        var read = Part(context, scan, inner);
        var sum = new GraphTensor(read.Bytes, [read, GraphContext.Each(mixed)]) { CanReuseSource = true };
        var gated = context.Wide(inner, context.Wide(inner, Part(context, gates, inner)), sum);
        return Flat(context.Wide(context.Embedding, GraphContext.Each(View(gated))));
    }

    // The tokens of all sequences in one row again.
    private static GraphTensor Flat(GraphTensor read) => View(read);

    /// <summary>Gated delta net (Qwen3-Next and later). The operation takes fewer heads of queries and keys than of values; Qwen3-Next
    /// repeats them before.</summary>
    private static GraphTensor DeltaNet(GraphContext context, GraphTensor source, RecurrentLayer layer, bool repeats)
    {
        long inner = layer.InnerSize, keys = (long)layer.GroupCount * layer.StateSize, width = inner + 2 * keys;
        var heads = layer.HeadCount;
        var mixed = context.Wide(width, source);
        var gate = context.Wide(inner, source);
        var before = ReadState(context, (layer.ConvolutionKernel - 1L) * width);
        var convolved = Convolve(context, mixed, layer, width, before);
        var state = ReadState(context, (long)layer.StateSize * inner);
        GraphTensor Normalised()
        {
            var normal = context.Wide(keys, Part(context, convolved, keys));
            return !repeats || heads == layer.GroupCount ? normal : View(context.Wide((long)layer.StateSize * heads, View(normal)));
        }

        var (query, key) = (Normalised(), Normalised());
        var (decay, beta) = (context.Wide(heads, source), context.Wide(heads, source));
        var result = Delta(context, layer, [query, key, Part(context, convolved, inner), decay, beta, View(state)]);
        var normed = context.Norm(Part(context, result, inner));
        return Flat(context.Wide(context.Embedding, View(GraphContext.Each(normed, GraphContext.Each(View(gate))))));
    }

    /// <summary>Delta attention with a decay for each number of a key (Kimi Linear).</summary>
    private static GraphTensor KeyedDeltaNet(GraphContext context, GraphTensor source, RecurrentLayer layer, bool hasFullGate)
    {
        long inner = layer.InnerSize;
        context.Graph.Add(source);
        var before = ReadState(context, 3 * (layer.ConvolutionKernel - 1L) * inner);
        GraphTensor Projected() => View(Convolve(context, context.Wide(inner, source), layer, inner, before));
        var (query, key, value) = (Projected(), Projected(), Projected());
        var decay = GraphContext.Each(View(GraphContext.Each(context.Wide(inner, context.Wide(layer.StateSize, source)))));
        var beta = GraphContext.Each(View(context.Wide(layer.HeadCount, source)));
        var state = ReadState(context, (long)layer.StateSize * inner);
        var result = Delta(context, layer, [context.Wide(inner, query), context.Wide(inner, key), value, View(decay), beta, View(state)]);
        var output = context.Wide(inner, Part(context, result, inner));
        var gate = GraphContext.Each(View(context.Wide(inner,
            hasFullGate ? View(source) : context.Wide(layer.StateSize, View(source)))));
        var gated = GraphContext.Each(context.Norm(View(output)), gate);
        return context.Wide(context.Embedding, context.Wide(inner, gated));
    }

    private static GraphTensor Delta(GraphContext context, RecurrentLayer layer, GraphTensor[] sources)
    {
        var states = (long)layer.StateSize * layer.InnerSize * context.Batch.Sequences * context.Batch.KeptStates;
        var result = new GraphTensor(checked(Float * (layer.InnerSize * context.Rows + states)), sources);
        context.Graph.Add(Store(View(result)));
        return result;
    }

    /// <summary>A gated convolution over few tokens (LFM2).</summary>
    private static GraphTensor ShortConvolution(GraphContext context, GraphTensor source, RecurrentLayer layer)
    {
        long inner = layer.InnerSize, before = (layer.ConvolutionKernel - 1L) * inner;
        var all = context.Wide(3 * inner, source);
        var product = context.Wide(inner, Part(context, all, inner), Part(context, all, inner));
        var state = ReadState(context, before);
        var inputs = new GraphTensor(checked(Float * (inner * context.Rows + before * context.Batch.Sequences)),
            [View(state), View(product)]);
        context.Graph.Add(Store(View(inputs)));
        var gated = GraphContext.Each(Part(context, all, inner), context.Wide(inner, inputs));
        return Flat(context.Wide(context.Embedding, gated));
    }

    /// <summary>Lightning attention: all tokens weighted by their distance (MiniMax-01).</summary>
    private static GraphTensor Lightning(GraphContext context, GraphTensor source, RecurrentLayer layer)
    {
        long inner = layer.InnerSize, heads = layer.InnerSize / Math.Max(1, layer.StateSize);
        // llama.cpp reserves for one sequence, of which the distances take the most.
        var pairs = checked(heads * context.Rows * context.Rows);
        var all = GraphContext.Each(context.Wide(3 * inner, source));
        GraphTensor Third() => Part(context, all, inner);
        var state = new GraphTensor(Float * layer.StateSize * inner, []);
        context.Graph.Add(state);
        var (forQuery, forKey) = (context.Wide(heads, context.LightningDecay(heads)), context.Wide(heads, context.LightningDecay(heads)));
        var distances = GraphContext.Each(new GraphTensor(Float * pairs, [context.LightningDistances(pairs)]));
        var fromState = context.Wide(inner, View(state), View(context.Wide(inner, Third(), forQuery)));
        var scores = GraphContext.Each(new GraphTensor(Float * pairs, [Third(), Third()]), distances);
        var values = context.Wide(inner, Third());
        var read = GraphContext.Each(fromState, context.Wide(inner, values, scores));
        context.Graph.Add(read);
        var kept = GraphContext.Each(new GraphTensor(state.Bytes, [View(state)]),
            new GraphTensor(state.Bytes, [context.Wide(inner, context.Wide(inner, Third(), forKey)), values]));
        context.Graph.Add(Store(kept));
        var normed = context.Norm(View(context.Wide(inner, View(read))));
        return context.Wide(context.Embedding, GraphContext.Each(GraphContext.Each(context.Wide(inner, source)), normed));
    }

    /// <summary>Of other kinds the parts are not known apart: what is needed at once is one tensor.</summary>
    private static GraphTensor Unknown(GraphContext context, GraphTensor source, RecurrentLayer layer)
    {
        var states = (long)layer.StateSize * layer.InnerSize * context.Batch.Sequences;
        var whole = checked(context.Rows * (5L * layer.InnerSize + 6L * layer.GroupCount * layer.StateSize) + states);
        return context.Wide(context.Embedding, New(whole, source));
    }
}
