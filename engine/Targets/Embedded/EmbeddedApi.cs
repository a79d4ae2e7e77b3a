using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>The requests of one model at the embedded server.</summary>
internal sealed class EmbeddedApi(HttpAccess access, string model)
{
    private const int MaxShowBytes = 256 << 20;
    private static readonly TimeSpan s_stateTimeout = TimeSpan.FromSeconds(30);

    public HttpAccess Access => access;

    /// <summary>The HTTP request of a generation, a load or an unload.</summary>
    public static HttpRequestMessage CreateMessage(GenerateBody body) =>
        JsonCall.CreatePost("api/generate", RequestBody.Write(body, EmbeddedJson.Default.GenerateBody));

    /// <summary>Loads or unloads the model, and passes each line of the answer to <paramref name="parse"/>.</summary>
    /// <returns>The exception of the network; null where there was none.</returns>
    public static async Task<Exception?> LoadAsync(GenerateBody body, Exchange exchange, PhaseWatchdog watch,
        Func<ReadOnlyMemory<byte>, Instant, bool> parse)
    {
        using var message = CreateMessage(body);
        return await exchange.SendAsync(message, watch, (lines, token) => NdjsonReader.ReadAsync(lines, parse, token))
            .ConfigureAwait(false);
    }

    /// <summary>The capabilities that the server announces, or why there are none.</summary>
    public async Task<(EmbeddedCapabilities? Capabilities, Outcome? Problem)> GetCapabilitiesAsync(CancellationToken cancellation)
    {
        using var answer = await JsonCall.GetAsync(access, "api/version", cancellation).ConfigureAwait(false);
        if (answer.Problem is not null)
            return (null, answer.Problem);
        var capabilities = Read(answer, EmbeddedJson.Default.VersionResponse) is { Version: not null } version
            ? EmbeddedCapabilities.From(version, access)
            : null;
        return capabilities is not null
            ? (capabilities, null)
            : (null, new ProtocolViolation(FormattableString.Invariant(
                $"/api/version does not announce protocol {EmbeddedProtocol.Version} of the embedded server; ")
                + "use a server of the same version as this program"));
    }

    /// <summary>The model's metadata and tensors, and with <paramref name="verbose"/> also its vocabulary.</summary>
    public Task<JsonResponse> ShowAsync(bool verbose, CancellationToken cancellation) => JsonCall.PostAsync(access, "api/show",
        RequestBody.Write(new ShowBody { Model = model, Verbose = verbose }, EmbeddedJson.Default.ShowBody), cancellation, MaxShowBytes);

    /// <summary>The model's entry in <c>/api/ps</c>; null where the model is not loaded or the server does not answer.</summary>
    public async Task<RunningModelEntry?> FindRunningModelAsync(CancellationToken cancellation)
    {
        using var answer = await JsonCall.GetAsync(access, "api/ps", cancellation, limit: s_stateTimeout).ConfigureAwait(false);
        return Read(answer,
            EmbeddedJson.Default.RunningResponse)?.Models?.FirstOrDefault(entry => entry is not null && IsModel(entry.Name));
    }

    private bool IsModel(string? name) =>
        string.Equals(name, model, StringComparison.OrdinalIgnoreCase)
            || string.Equals(name, model + ":latest", StringComparison.OrdinalIgnoreCase);

    private static T? Read<T>(JsonResponse answer, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return answer.Root is { } root ? root.Deserialize(type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
