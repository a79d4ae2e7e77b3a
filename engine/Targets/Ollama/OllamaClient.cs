using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;
using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Exceptions;

namespace MemoryWall.Targets.Ollama;

/// <summary>Sends the requests of one model to an Ollama server. Generations are sent and read by this program, because each line is
/// stamped on arrival; the model's state comes through OllamaSharp.</summary>
internal sealed class OllamaClient(HttpAccess access, string model)
{
    private static readonly TimeSpan s_stateTimeout = TimeSpan.FromSeconds(30);

    private static readonly JsonSerializerOptions s_json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // File-based apps turn reflection off as the default.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public HttpAccess Access => access;

    /// <summary>The HTTP request of a generation.</summary>
    public static HttpRequestMessage CreateMessage(OllamaGenerateRequest request)
    {
        var message = JsonCall.CreatePost("api/generate", JsonSerializer.SerializeToUtf8Bytes(request, s_json));
        message.Content!.Headers.ContentType!.CharSet = "utf-8";
        return message;
    }

    /// <summary>Loads or unloads the model, or changes how long it stays loaded, and passes each line of the answer to
    /// <paramref name="parse"/>.</summary>
    /// <returns>The exception of the network; null where there was none.</returns>
    public static async Task<Exception?> LoadAsync(OllamaGenerateRequest request, Exchange exchange, PhaseWatchdog watch,
        Func<ReadOnlyMemory<byte>, Instant, bool> parse)
    {
        using var message = CreateMessage(request);
        return await exchange.SendAsync(message, watch, (lines, token) => NdjsonReader.ReadAsync(lines, parse, token))
            .ConfigureAwait(false);
    }

    /// <summary>The model's entry in <c>/api/ps</c>; null where the model is not loaded or the server does not answer.</summary>
    public async Task<RunningModel?> FindRunningModelAsync(CancellationToken cancellation)
    {
        using var watch = new PhaseWatchdog(access.Clock, new PhaseLimits { Load = s_stateTimeout }, Phase.Load, cancellation);
        using var exchange = new Exchange(access);
        watch.OnStop(exchange.Abort);
        try
        {
            using var client = new OllamaApiClient(exchange.Client, model);
            client.IncomingJsonSerializerOptions.TypeInfoResolver = s_json.TypeInfoResolver;
            var running = await client.ListRunningModelsAsync(watch.Token).ConfigureAwait(false);
            return running?.FirstOrDefault(entry => entry is not null && (IsModel(entry.Name) || IsModel(entry.ModelName)));
        }
        catch (Exception exception) when (exception is OllamaException || FailureClassifier.IsExternal(exception))
        {
            return null;
        }
    }

    private bool IsModel(string? name) =>
        string.Equals(name, model, StringComparison.OrdinalIgnoreCase)
            || string.Equals(name, model + ":latest", StringComparison.OrdinalIgnoreCase);
}
