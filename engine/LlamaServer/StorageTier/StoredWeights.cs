namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Opens files whose transfers are counted and, to emulate another device, slowed down.</summary>
internal sealed record DirectFiles(StorageMeter Meter, StorageThrottle Throttle)
{
    public DirectFile OpenRead(string path) => DirectFile.OpenRead(path, Meter, Throttle);

    public DirectFile CreateNew(string path) => DirectFile.CreateNew(path, Meter, Throttle);
}

/// <summary>The streamed weights that cannot be read from the model's file as they are: the copies of them in the tier's folder.</summary>
/// <param name="folder">The tier's folder.</param>
/// <param name="model">The model's file.</param>
/// <param name="ranges">Where its tensors are.</param>
/// <param name="identity">What repacked bytes depend on apart from the weights that are stored: model, build and processor.</param>
/// <param name="files">Opens files.</param>
internal sealed class StoredWeights(TierFolder folder, DirectFile model, IReadOnlyDictionary<string, (long Offset, long Bytes)> ranges,
    Func<string> identity, DirectFiles files)
{
    /// <summary>The places of weights that llama.cpp repacks.</summary>
    /// <param name="streamed">The weights that are streamed through a ring, in order.</param>
    /// <param name="experts">The experts that are read into a pool.</param>
    /// <param name="reservedBytes">Bytes that the tier will need beside them.</param>
    public RepackedWeights CreateRepacked(IReadOnlyList<string> streamed, IReadOnlyList<ExpertLayer> experts, long reservedBytes)
    {
        // What is streamed through a ring is stored in one piece.
        IReadOnlyList<StoredWeight> tensors =
            [.. streamed.Select(name => new StoredWeight(name, ranges[name].Bytes, ranges[name].Bytes)), .. InPieces(experts)];
        var key = CreateKey("repacked", tensors);
        return new RepackedWeights(ranges.ToDictionary(range => range.Key, range => range.Value.Bytes),
            tensors.Select(tensor => tensor.Name), tensors.Count == 0 ? null : TryOpen(key, tensors),
            () => Create(key, tensors, reservedBytes, "the repacked weights"));
    }

    /// <summary>Copies experts whose bytes are not whole pages, so that each can be read into a slot. The copy of an earlier time is used
    /// again.</summary>
    /// <exception cref="TierException">It exceeds the storage budget, or the storage fails.</exception>
    public WeightsFile CopyExperts(long reservedBytes, IReadOnlyList<ExpertLayer> experts)
    {
        IReadOnlyList<StoredWeight> tensors = [.. InPieces(experts)];
        var key = CreateKey("plain", tensors);
        if (TryOpen(key, tensors) is { } earlier)
            return earlier;
        var file = Create(key, tensors, reservedBytes, "the copies of the streamed weights");
        try
        {
            file.CopyMissing(model, ranges);
            file.Complete();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private IEnumerable<StoredWeight> InPieces(IReadOnlyList<ExpertLayer> experts) => experts.SelectMany(layer => layer.Tensors)
        .Select(tensor => new StoredWeight(tensor.Name, ranges[tensor.Name].Bytes, tensor.SliceBytes));

    private string CreateKey(string kind, IReadOnlyList<StoredWeight> tensors) => tensors.Count == 0
        ? ""
        : TierFileHeader.ComputeKey(
            $"{kind} {identity()}{string.Join('\n', tensors.Select(tensor => $"{tensor.Name} {tensor.PieceBytes}"))}", []);

    private WeightsFile? TryOpen(string key, IReadOnlyList<StoredWeight> tensors) =>
        WeightsFile.TryOpen(folder, key, tensors, files.OpenRead);

    private WeightsFile Create(string key, IReadOnlyList<StoredWeight> tensors, long reservedBytes, string content) =>
        WeightsFile.Create(folder, key, tensors,
            (path, bytes) => folder.CreateWeights(path, bytes, reservedBytes, content, files.CreateNew));
}
