using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Models.Graphs;

/// <summary>A graph while it is described: what its blocks share.</summary>
internal sealed class GraphContext(GraphBatch batch, long embedding)
{
    private const int Index = 8;
    private const int Token = 4;
    private readonly Dictionary<CacheKind, CacheInputs> _caches = [];
    private readonly Dictionary<(CacheInputs Cache, bool IsKey, long Width), GraphTensor> _rotations = [];
    private readonly Dictionary<Type, object> _shared = [];
    private GraphTensor? _decay;
    private GraphTensor? _distances;
    private readonly GraphTensor _outputRows = Input(Token * batch.Outputs);

    private enum CacheKind
    {
        Full,
        Window,
        Indexer,
    }

    /// <summary>Bytes of one number of an attention mask: half precision for flash attention.</summary>
    public int MaskNumber => Batch.FlashAttention ? 2 : Token;

    /// <summary>What attention needs to write to a cache and to read from it.</summary>
    public sealed record CacheInputs(GraphTensor Mask, GraphTensor KeyIndexes, GraphTensor ValueIndexes);

    public ComputeGraph Graph { get; } = new();

    public GraphBatch Batch { get; } = batch;

    /// <summary>Width of the residual stream.</summary>
    public long Embedding { get; } = embedding;

    /// <summary>Tokens that are computed at this place of the graph: in the last layer only those with logits.</summary>
    public long Rows { get; private set; } = batch.Tokens;

    /// <summary>How fast lightning attention forgets: a number for each token and head.</summary>
    public GraphTensor LightningDecay(long heads) => _decay ??= Input(checked(Token * heads * Batch.Tokens));

    /// <summary>How much lightning attention forgets between each pair of tokens: this many numbers.</summary>
    public GraphTensor LightningDistances(long count) => _distances ??= Input(checked(Token * count));

    /// <summary>The positions of the tokens.</summary>
    public GraphTensor Positions { get; } = Input(Token * batch.Tokens);

    /// <summary>The first residual stream: the tokens' embeddings, or of layers that draft what a matrix makes of them and of what the
    /// model's last layer wrote (<c>eh_proj</c>).</summary>
    public GraphTensor Begin() => !Batch.IsForDrafts ? LookUp()
        : Wide(Embedding, Wide(2 * Embedding, Norm(New(Embedding * Rows, Input(Token * Rows))), Norm(Input(Token * Embedding * Rows))));

    // They are looked up in RAM, and given to an accelerator.
    private GraphTensor LookUp()
    {
        var rows = Batch.IsOnAccelerator ? Input(checked(Token * Embedding * Rows)) : New(Embedding * Rows, Input(Token * Rows));
        Graph.Add(rows);
        if (Batch.Vectors != VectorInput.None)
            Graph.Add(Input(Token * Embedding * Rows));
        if (Batch.Vectors == VectorInput.AmongTokens)
            AddMixed();
        return rows;
    }

    // Nothing reads the result, so its memory is not free before the end.
    private void AddMixed()
    {
        var tokens = Wide(Embedding, Input(Token * Rows));
        var vectors = Wide(Embedding, Input(Token * Embedding * Rows));
        Graph.Add(new GraphTensor(vectors.Bytes, [tokens, Input(Index * Rows), vectors]) { ViewOf = vectors });
    }

    /// <summary>A tensor with this many numbers for each token.</summary>
    public GraphTensor Wide(long width, params GraphTensor[] sources) => New(checked(width * Rows), sources);

    /// <summary>An operation on each number, which writes over its first source where it can.</summary>
    public static GraphTensor Each(params GraphTensor[] sources) => Reuse(sources);

    /// <summary>A norm with weights. The root mean square can write over its source, a layer norm and a norm of groups cannot.</summary>
    public GraphTensor Norm(GraphTensor source, bool isLayerNorm = false) => HasGroupNorm ? Each(View(Each(View(source))))
        : Each(isLayerNorm ? new GraphTensor(source.Bytes, [source]) : Each(source));

    /// <summary>Whether norms are of groups of numbers.</summary>
    public bool HasGroupNorm { get; init; }

    /// <summary>Whether some layers attend to a window; keys then come before values into the graph.</summary>
    public bool HasWindows { get; init; }

    /// <summary>The inputs of the cache of layers that attend to the whole context, or to a window.</summary>
    public CacheInputs Cache(bool isWindow, long cells) =>
        Inputs(isWindow ? CacheKind.Window : CacheKind.Full, cells, Batch.FlashAttention);

    /// <summary>Inputs that all layers share, made by the first that needs them.</summary>
    public T Share<T>(Func<T> create) where T : class =>
        (T)(_shared.TryGetValue(typeof(T), out var known) ? known : _shared[typeof(T)] = create());

    /// <summary>The inputs of an indexer's cache, whose mask has the form for flash attention always.</summary>
    public CacheInputs IndexerCache(long cells) => Inputs(CacheKind.Indexer, cells, isHalf: true);

    private CacheInputs Inputs(CacheKind kind, long cells, bool isHalf)
    {
        if (_caches.TryGetValue(kind, out var inputs))
            return inputs;
        return _caches[kind] = new(Input(checked(cells * Batch.Tokens * (isHalf ? 2 : 4))), Input(Index * Batch.Tokens),
            Input(checked(Index * Batch.Tokens * (Batch.FlashAttention ? 1 : Batch.WidestValue))));
    }

    /// <summary>A tensor turned by a Hadamard matrix, as it is before it is stored in quantised form; each cache has its own
    /// matrices.</summary>
    public GraphTensor Rotate(GraphTensor source, CacheInputs cache, bool isKey, long width)
    {
        if (!_rotations.TryGetValue((cache, isKey, width), out var matrix))
            _rotations[(cache, isKey, width)] = matrix = Input(Token * width * width);
        return View(new GraphTensor(source.Bytes, [matrix, View(source)]));
    }

    /// <summary>The part of a tensor that belongs to the tokens with logits.</summary>
    public GraphTensor KeepOutputs(long width, GraphTensor stream) => New(checked(width * Batch.Outputs), stream, _outputRows);

    /// <summary>Goes on with the tokens that have logits only.</summary>
    public void KeepRows() => Rows = Batch.Outputs;

    /// <summary>The parts of streams that belong to the tokens with logits, with which it goes on.</summary>
    public GraphTensor[] KeepOutputs(params ReadOnlySpan<GraphTensor> streams)
    {
        var kept = new GraphTensor[streams.Length];
        for (var i = 0; i < kept.Length; i++)
            kept[i] = KeepOutputs(Embedding, streams[i]);
        KeepRows();
        return kept;
    }
}
