using System.Text.Json;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>What is known of a server that speaks the OpenAI protocol: which it is, as far as it says so, and its model.</summary>
/// <param name="Kind">Which server it is.</param>
/// <param name="Version">Its version; null where it does not say.</param>
/// <param name="Model">The model's id; null where it could not be told.</param>
/// <param name="WindowTokens">The longest context; null where it does not say.</param>
/// <param name="Details">Whatever else it told.</param>
internal sealed record OpenAiServer(OpenAiServerKind Kind, string? Version, string? Model, int? WindowTokens,
    IReadOnlyDictionary<string, string> Details)
{
    private const int MaxModels = 1000;

    // Ollama lists its models with the tag that it takes a name without one to mean.
    private const string DefaultTag = ":latest";

    /// <summary>The server and its model in words; null where it tells no model.</summary>
    public string? Identity =>
        Model is null ? null : ServerErrorClassifier.Sanitize($"{Model} at {Kind}{(Version is null ? "" : $" {Version}")}", 500);

    /// <summary>Asks a server what it is.</summary>
    /// <returns>The server; where its model is missing, also what is wrong.</returns>
    public static async Task<(OpenAiServer? Server, Outcome? Problem)> HandshakeAsync(HttpAccess access, string model,
        CancellationToken cancellation)
    {
        using var models = await JsonCall.GetAsync(access, "v1/models", cancellation).ConfigureAwait(false);
        // Not every server lists its models; the name given then has to do.
        if (models.Status is 404 or 405 && model.Length > 0)
            return (new OpenAiServer(OpenAiServerKind.Other, null, model, null, new Dictionary<string, string>()), null);
        if (models.Problem is not null)
            return (null, models.Problem);
        if (models.Root.Member("data") is not { ValueKind: JsonValueKind.Array } data)
            return (null, new ProtocolViolation("/v1/models has no list named data: this is no OpenAI-compatible server"));
        var entries = data.EnumerateArray().Take(MaxModels).Where(entry => ((JsonElement?)entry).Text("id") is not null).ToList();
        JsonElement? chosen = model.Length > 0
            ? FindModel(entries, model) ?? FindModel(entries, model + DefaultTag)
            : entries.Count == 1 ? entries[0] : null;
        var owner = chosen.Text("owned_by") ?? "";
        var details = new Dictionary<string, string>();
        if (owner.Length > 0)
            details["owned_by"] = access.Sanitize(owner, 100);
        using var version = await JsonCall.GetAsync(access, "version", cancellation).ConfigureAwait(false);
        var kind = owner switch
        {
            "llamacpp" => OpenAiServerKind.LlamaCpp,
            "vllm" => OpenAiServerKind.Vllm,
            _ => version.Root.Text("version") is not null && chosen.Count("max_model_len") is not null
                ? OpenAiServerKind.Vllm
                : OpenAiServerKind.Other,
        };
        if (kind == OpenAiServerKind.Vllm)
            await VllmCacheConfig.AddAsync(details, access, cancellation).ConfigureAwait(false);
        var server = new OpenAiServer(
            kind,
            version.Root.Text("version") is { } text ? access.Sanitize(text, 100) : null,
            chosen.Text("id"),
            chosen.Count("max_model_len")
                ?? chosen.Count("context_length") ?? chosen.Count("max_context_length") ?? chosen.Member("meta").Count("n_ctx"),
            details);
        return (server, chosen is not null ? null : ModelNotFound(model, entries, access));
    }

    private static JsonElement? FindModel(IEnumerable<JsonElement> entries, string model) =>
        entries.Cast<JsonElement?>().FirstOrDefault(entry => entry.Text("id") == model);

    private static Refused ModelNotFound(string model, IReadOnlyCollection<JsonElement> entries, HttpAccess access)
    {
        var names = access.Sanitize(string.Join(", ", entries.Take(20).Select(entry => ((JsonElement?)entry).Text("id"))), 1000);
        return new Refused(null, model.Length > 0
            ? $"the server has no model '{model}'; it has: {names}"
            : $"the address names no model and the server has {entries.Count}: {names}");
    }
}

/// <summary>Which server it is, where that changes what may be asked of it.</summary>
internal enum OpenAiServerKind
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>llama.cpp's server.</summary>
    LlamaCpp,
}
