using System.Text.Json;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// The model that requests go to. A llama-server that is started without a model is a router: it has several, loads each on demand in a
/// process of its own, and each request names one. Any other llama-server has one model and needs no name.
/// </summary>
/// <param name="access">The server.</param>
/// <param name="requested">The model's name in the address; empty for none.</param>
/// <param name="loadLimit">How long a load may take.</param>
internal sealed class LlamaCppRouter(HttpAccess access, string requested, TimeSpan loadLimit)
{
    private const int MaxNames = 20;
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The model's id at the router; null where the server is none.</summary>
    public string? Model { get; private set; }

    /// <summary>A path for the model, for a request without a body.</summary>
    public string Path(string path) => Model is null ? path : $"{path}?model={Uri.EscapeDataString(Model)}";

    /// <summary>Writes the model into the body of a request.</summary>
    public void WriteModel(Utf8JsonWriter writer)
    {
        if (Model is not null)
            writer.WriteString("model", Model);
    }

    /// <summary>Whether an entry of <c>/v1/models</c> is this model; any entry where the server is no router.</summary>
    public bool IsModel(JsonElement entry) => Model is null || ((JsonElement?)entry).Text("id") == Model;

    /// <summary>Finds out whether the server is a router, and which model is meant.</summary>
    /// <param name="props">The server's <c>/props</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Why no model is meant; null where there is no problem.</returns>
    public async Task<Outcome?> ConnectAsync(JsonElement? props, CancellationToken cancellation)
    {
        if (props.Text("role") != "router")
            return null;
        using var list = await ListAsync(cancellation).ConfigureAwait(false);
        if (list.Problem is not null)
            return list.Problem;
        var entries = Entries(list).ToList();
        var ids = entries.Select(entry => entry.Text("id")).OfType<string>().ToList();
        Model = requested.Length == 0
            ? ids.Count == 1 ? ids[0] : null
            : ids.Find(id => id == requested)
                ?? entries.Find(entry => entry.Member("aliases") is { ValueKind: JsonValueKind.Array } aliases
                    && aliases.EnumerateArray().Any(alias => alias.SafeString() == requested)).Text("id");
        if (Model is not null)
            return null;
        var names = access.Sanitize(string.Join(", ", ids.Take(MaxNames)) + (ids.Count > MaxNames ? ", …" : ""), 1000);
        return new Refused(null, ids.Count == 0
            ? "this llama-server is a router without models; start it with --models-dir FOLDER, or with -m FILE"
            : requested.Length > 0
                ? $"this llama-server is a router and has no model '{access.Sanitize(requested, 200)}'; it has: {names}"
                : $"this llama-server is a router and the address names no model; end it with one of: {names}");
    }

    /// <summary>Loads the model where it is not loaded.</summary>
    /// <returns>How long it took, null where the model was loaded; and the problem, null where there is none.</returns>
    public async Task<(TimeSpan? Took, Outcome? Problem)> LoadAsync(CancellationToken cancellation)
    {
        if (Model is null)
            return (null, null);
        var started = access.Clock.Now;
        Outcome? refusal = null;
        for (var hasAsked = false; ;)
        {
            using var list = await ListAsync(cancellation).ConfigureAwait(false);
            if (list.Problem is not null)
                return (null, list.Problem);
            var status = Entries(list).FirstOrDefault(entry => entry.Text("id") == Model).Member("status");
            if (status.Text("value") is null or "loaded" or "sleeping")
                return (hasAsked ? access.Clock.Now.Since(started) : null, null);
            if (hasAsked && status.IsTrue("failed"))
                return (null, new Refused(null,
                    $"the router could not load '{access.Sanitize(Model, 200)}' (exit code {ReadExitCode(status)}); its log says why"));
            if (refusal is not null && status.Text("value") == "unloaded")
                return (null, refusal);
            if (access.Clock.Now.Since(started) > loadLimit)
                return (null, new TimedOut(Phase.Load, loadLimit));
            if (!hasAsked)
            {
                using var answer = await JsonCall.PostAsync(access, "models/load", RequestBody.Write(WriteModel), cancellation)
                    .ConfigureAwait(false);
                // The router also refuses what another client loads at this moment; the next list says what became of it.
                (hasAsked, refusal) = (true, answer.Problem);
            }
            try
            {
                await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return (null, new Cancelled());
            }
        }
    }

    private string ReadExitCode(JsonElement? status) =>
        status.Member("exit_code") is { } code ? access.Sanitize(code.SafeRawText(), 20) : "unknown";

    private Task<JsonResponse> ListAsync(CancellationToken cancellation) => JsonCall.GetAsync(access, "v1/models", cancellation);

    private static IEnumerable<JsonElement?> Entries(JsonResponse list) =>
        list.Root.Member("data") is { ValueKind: JsonValueKind.Array } data
            ? data.EnumerateArray().Select(entry => (JsonElement?)entry)
            : [];
}
