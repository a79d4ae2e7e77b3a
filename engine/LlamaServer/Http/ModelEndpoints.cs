using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Models.Gguf;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>What the server tells of itself and of its model.</summary>
internal sealed class ModelEndpoints(string model, string path, GgufHeader header, bool canRollBack, string version,
    IReadOnlyDictionary<string, string> details, InferenceWorker worker)
{
    // Far in the future: the model stays until it is let go of.
    private const string Never = "9999-12-31T23:59:59Z";

    private static readonly string[] s_extensions =
    [
        EmbeddedProtocol.TokenIds, EmbeddedProtocol.IgnoreEos, EmbeddedProtocol.NoPromptCache, EmbeddedProtocol.PromptProgress,
        EmbeddedProtocol.TokenTimes,
        EmbeddedProtocol.KvType, EmbeddedProtocol.FlashAttention, EmbeddedProtocol.LoadMode, EmbeddedProtocol.PrefillThreads,
        EmbeddedProtocol.Report, EmbeddedProtocol.SkipPrefill, EmbeddedProtocol.DepthPass,
    ];

    // What a server of another system cannot do it does not announce.
    private static readonly string[] s_linuxExtensions = OperatingSystem.IsLinux()
        ? [EmbeddedProtocol.Tier, EmbeddedProtocol.SavedKvState]
        : [];

    public Task VersionAsync(HttpContext http) => JsonResponses.WriteJsonAsync(http, new JsonObject
    {
        ["version"] = version,
        [EmbeddedProtocol.ObjectName] = new JsonObject
        {
            ["protocol"] = EmbeddedProtocol.Version,
            ["extensions"] = new JsonArray(
                [.. s_extensions.Where(ability => canRollBack || ability != EmbeddedProtocol.DepthPass).Concat(s_linuxExtensions)
                    .Select(ability => JsonValue.Create(ability))]),
            ["details"] = new JsonObject(details.Select(detail => KeyValuePair.Create<string, JsonNode?>(detail.Key, detail.Value))),
        },
    });

    public Task TagsAsync(HttpContext http)
    {
        var file = new FileInfo(path);
        return JsonResponses.WriteJsonAsync(http, new JsonObject
        {
            ["models"] = new JsonArray(new JsonObject
            {
                ["name"] = model,
                ["model"] = model,
                ["modified_at"] = file.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture),
                ["size"] = file.Length,
                ["digest"] = "",
                ["details"] = Details(),
            }),
        });
    }

    public Task RunningAsync(HttpContext http)
    {
        var models = new JsonArray();
        if (worker.Loaded is { } loaded)
        {
            var size = loaded.Buffers.Weights + loaded.Buffers.Kv + loaded.Buffers.Compute;
            models.Add(new JsonObject
            {
                ["name"] = model,
                ["model"] = model,
                ["size"] = size,
                // Without an accelerator nothing can lie in its memory; with one, llama.cpp does not tell by device here.
                ["size_vram"] = loaded.Model.GpuLayers == 0 ? 0 : null,
                ["context_length"] = loaded.WindowTokens,
                ["expires_at"] = worker.ExpiresAt?.ToString("O", CultureInfo.InvariantCulture) ?? Never,
                ["digest"] = "",
                ["details"] = Details(),
            });
        }
        return JsonResponses.WriteJsonAsync(http, new JsonObject { ["models"] = models });
    }

    public async Task ShowAsync(HttpContext http)
    {
        JsonDocument body;
        try
        {
            body = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException error)
        {
            await JsonResponses.WriteErrorAsync(http, 400, $"the body is no JSON: {error.Message}").ConfigureAwait(false);
            return;
        }
        using (body)
        {
            if (!await JsonResponses.CheckModelAsync(http, body.RootElement, model).ConfigureAwait(false))
                return;
            var verbose = RequestReader.ReadFlag(body.RootElement, "verbose") ?? false;
            http.Response.ContentType = "application/json";
            var writer = new Utf8JsonWriter(http.Response.BodyWriter);
            await using (writer.ConfigureAwait(false))
                WriteShow(writer, verbose);
        }
    }

    private void WriteShow(Utf8JsonWriter writer, bool verbose)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("details");
        Details().WriteTo(writer);
        writer.WriteStartObject("model_info");
        foreach (var (key, value) in header.Metadata)
        {
            writer.WritePropertyName(key);
            if (value is Array && !verbose)
                writer.WriteNullValue();
            else
                JsonSerializer.Serialize(writer, value, value.GetType());
        }
        if (!header.Metadata.ContainsKey("general.parameter_count"))
            writer.WriteNumber("general.parameter_count", header.Tensors.Sum(Elements));
        writer.WriteEndObject();
        writer.WriteStartArray("capabilities");
        writer.WriteStringValue("completion");
        writer.WriteEndArray();
        if (verbose)
        {
            writer.WriteStartArray("tensors");
            foreach (var tensor in header.Tensors)
            {
                writer.WriteStartObject();
                writer.WriteString("name", tensor.Name);
                writer.WriteString("type", tensor.Type.ToString());
                writer.WriteStartArray("shape");
                foreach (var size in tensor.Dimensions)
                    writer.WriteNumberValue(size);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static long Elements(GgufTensor tensor) => tensor.Dimensions.Aggregate(1L, (product, size) => product * size);

    private JsonObject Details() => new()
    {
        ["format"] = "gguf",
        ["family"] = header.Metadata.GetValueOrDefault("general.architecture") as string,
        ["parameter_size"] = string.Create(CultureInfo.InvariantCulture, $"{header.Tensors.Sum(Elements) / 1e6:0.#}M"),
        ["quantization_level"] = header.Tensors
            .GroupBy(tensor => tensor.Type).MaxBy(group => group.Sum(Elements))?.Key.ToString(),
    };
}
