using System.Text.Json;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>A server with the OpenAI protocol, and its model.</summary>
/// <param name="Kind">The server software, as far as it identifies itself.</param>
/// <param name="Version">The server's version; null where it does not report it.</param>
/// <param name="Model">The model's id; null where the server does not have the requested model.</param>
/// <param name="WindowTokens">The longest context, in tokens; null where the server does not report it.</param>
/// <param name="Details">Other settings that the server reports, by name.</param>
internal sealed record OpenAiServer(OpenAiServerKind Kind, string? Version, string? Model, int? WindowTokens,
    IReadOnlyDictionary<string, string> Details)
{
    private const int MaxModels = 1000;

    // Ollama lists its models with this tag where a name has none.
    private const string DefaultTag = ":latest";

    /// <summary>The server and its model, as text; null where the model is unknown.</summary>
    public string? Identity =>
        Model is null ? null : ServerErrorClassifier.Sanitize($"{Model} at {Kind}{(Version is null ? "" : $" {Version}")}", 500);

    /// <summary>Asks a server for its models, version and settings.</summary>
    /// <returns>The server, null where it does not answer; and the problem, null where there is none. A server without the requested model
    /// has both.</returns>
    public static async Task<(OpenAiServer? Server, Outcome? Problem)> HandshakeAsync(HttpAccess access, string model,
        CancellationToken cancellation)
    {
        using var models = await JsonCall.GetAsync(access, "v1/models", cancellation).ConfigureAwait(false);
        // Not every server lists its models; then the name in the address is used.
        if (models.Status is 404 or 405 && model.Length > 0)
            return (new OpenAiServer(OpenAiServerKind.Other, null, model, null, new Dictionary<string, string>()), null);
        if (models.Problem is not null)
            return (null, models.Problem);
        if (models.Root.Member("data") is not { ValueKind: JsonValueKind.Array } data)
            return (null, new ProtocolViolation("/v1/models has no list named data, so this is not an OpenAI-compatible server"));
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
            chosen.Count("max_model_len") ?? chosen.Member("meta").Count("n_ctx")
                // A router of llama.cpp gives the trained context of a model that it has not loaded.
                ?? (kind == OpenAiServerKind.LlamaCpp ? null : chosen.Count("context_length") ?? chosen.Count("max_context_length")),
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
            : FormattableString.Invariant($"the address names no model and the server has {entries.Count}; end it with one of: {names}"));
    }
}

/// <summary>The server software, where requests depend on it.</summary>
internal enum OpenAiServerKind
{
    /// <summary>Any other server.</summary>
    Other,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>llama.cpp's server.</summary>
    LlamaCpp,
}
