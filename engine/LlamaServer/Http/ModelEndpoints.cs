using System.Globalization;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Models.Gguf;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>The model that is served.</summary>
/// <param name="Name">The name under which it is served.</param>
/// <param name="Path">The path of its GGUF file.</param>
/// <param name="Header">The header of the file.</param>
internal sealed record ServedModel(string Name, string Path, GgufHeader Header)
{
    private readonly Lazy<ModelFile> _file = new(() => ModelFile.Read(Path, Header));

    /// <summary>Size, date and digest of the file.</summary>
    public ModelFile File => _file.Value;
}

/// <summary>Handles the requests that describe the server and its model.</summary>
internal sealed class ModelEndpoints(ServedModel model, VersionResponse version, InferenceWorker worker)
{
    // The date for a model that stays loaded until a request unloads it.
    private const string Never = "9999-12-31T23:59:59Z";

    public Task VersionAsync(HttpContext http) => JsonResponses.WriteAsync(http, version, EmbeddedJson.Default.VersionResponse);

    public Task TagsAsync(HttpContext http)
    {
        var entry = new ModelEntry
        {
            Name = model.Name,
            Model = model.Name,
            ModifiedAt = model.File.WrittenAt.ToString("O", CultureInfo.InvariantCulture),
            SizeBytes = model.File.Bytes,
            Digest = model.File.Digest,
            Details = CreateDetails(),
        };
        return JsonResponses.WriteAsync(http, new TagsResponse { Models = [entry] }, EmbeddedJson.Default.TagsResponse);
    }

    public Task RunningAsync(HttpContext http) => JsonResponses.WriteAsync(http,
        new RunningResponse { Models = worker.Loaded is { } loaded ? [CreateEntry(loaded)] : [] }, EmbeddedJson.Default.RunningResponse);

    public async Task ShowAsync(HttpContext http)
    {
        ShowBody body;
        try
        {
            body = await BodyReader.ReadAsync(http, BodyReader.Json.ShowBody).ConfigureAwait(false);
            BodyReader.CheckModel(body.Model, body.Name, model.Name);
        }
        catch (RefusedException refusal)
        {
            await JsonResponses.WriteErrorAsync(http, refusal.Status, refusal.Message).ConfigureAwait(false);
            return;
        }
        await JsonResponses.WriteAsync(http, CreateShow(body.Verbose ?? false), EmbeddedJson.Default.ShowResponse).ConfigureAwait(false);
    }

    private RunningModelEntry CreateEntry(LoadedModel loaded) => new()
    {
        Name = model.Name,
        Model = model.Name,
        SizeBytes = loaded.Buffers.Weights + loaded.Buffers.Kv + loaded.Buffers.Compute,
        // Without GPU layers no buffer is in accelerator memory. With GPU layers it is unknown, because llama.cpp does not report its
        // buffers by device here.
        AcceleratorBytes = loaded.Model.GpuLayers == 0 ? 0 : null,
        WindowTokens = loaded.WindowTokens,
        ExpiresAt = worker.ExpiresAt?.ToString("O", CultureInfo.InvariantCulture) ?? Never,
        Digest = model.File.Digest,
        Details = CreateDetails(),
    };

    private ShowResponse CreateShow(bool verbose)
    {
        var metadata = model.Header.Metadata.ToDictionary(entry => entry.Key, entry => entry.Value switch
        {
            Array when !verbose => null,
            Array[] nested => (object[])nested,
            var value => value,
        });
        metadata.TryAdd("general.parameter_count", CountParameters());
        return new ShowResponse
        {
            Details = CreateDetails(),
            Metadata = metadata,
            Capabilities = ["completion"],
            Tensors = !verbose ? null : [.. model.Header.Tensors.Select(tensor =>
                new TensorEntry { Name = tensor.Name, Type = tensor.Type.ToString(), Shape = tensor.Dimensions })],
        };
    }

    private ModelDetails CreateDetails() => new()
    {
        Format = "gguf",
        Family = model.Header.Metadata.GetValueOrDefault("general.architecture") as string,
        ParameterSize = string.Create(CultureInfo.InvariantCulture, $"{CountParameters() / 1e6:0.#}M"),
        QuantizationLevel = model.Header.Tensors
            .GroupBy(tensor => tensor.Type).MaxBy(group => group.Sum(CountElements))?.Key.ToString(),
    };

    private long CountParameters() => model.Header.Tensors.Sum(CountElements);

    private static long CountElements(GgufTensor tensor) => tensor.Dimensions.Aggregate(1L, (product, size) => product * size);
}
