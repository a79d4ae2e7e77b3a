namespace MemoryWall.ScriptedServer;

/// <summary>A llama-server that is a router, as observed on b11669: it lists its models, loads each in a process of its own when it is
/// asked to, and wants its name in each request.</summary>
/// <param name="models">Its models, by name.</param>
public sealed class RouterScript(IReadOnlyDictionary<string, LlamaServerScript> models)
{
    private readonly Dictionary<string, int> _listsUntilLoaded = [];

    /// <summary>A model whose process ends when it is loaded; null for none.</summary>
    public string? Broken { get; init; }

    /// <summary>The message with which it refuses each load; null where it loads.</summary>
    public string? LoadRefusal { get; init; }

    public static LyingServer Start(params string[] names) => LyingServer.Start(Create(names).Answer);

    public static RouterScript Create(params string[] names) => new(names.ToDictionary(name => name,
        name => new LlamaServerScript(new Behaviour { Model = name })));

    public Reply Answer(ScriptedRequest request)
    {
        var query = request.Path.IndexOf("?model=", StringComparison.Ordinal);
        if (request.Is("GET", "/health"))
            return Reply.Json("""{"status":"ok"}""");
        if (request.Is("GET", "/props"))
            return Reply.Json("""{"role":"router","max_instances":4,"models_autoload":true,"model_alias":"llama-server" """
                + ""","model_path":"none","default_generation_settings":{"params":null,"n_ctx":0},"build_info":"b11669"}""");
        if (request.Is("GET", "/v1/models"))
            return Reply.Json($"{{\"object\":\"list\",\"data\":[{string.Join(",", models.Keys.Select(List))}]}}");
        var name = query >= 0 ? Uri.UnescapeDataString(request.Path[(query + "?model=".Length)..])
            : request.Method == "POST" && request.Json.TryGetProperty("model", out var field) ? field.GetString() : null;
        if (name is null)
            return Refuse("model name is missing from the request");
        if (!models.TryGetValue(name, out var model))
            return Refuse($"model '{name}' not found");
        if (request.Is("POST", "/models/load"))
        {
            if (LoadRefusal is not null)
                return Refuse(LoadRefusal);
            if (!_listsUntilLoaded.TryAdd(name, name == Broken ? int.MaxValue : 2))
                return Refuse("model is already running");
            return Reply.Json("""{"success":true}""");
        }
        return _listsUntilLoaded.GetValueOrDefault(name, 1) > 0
            ? Reply.Whole(500, $"{{\"error\":{{\"code\":500,\"message\":\"model name={name} failed to load\"}}}}")
            : model.Answer(query >= 0 ? request with { Path = request.Path[..query] } : request);
    }

    private string List(string name)
    {
        var asked = _listsUntilLoaded.TryGetValue(name, out var left);
        var status = !asked ? "\"unloaded\"" : name == Broken ? "\"unloaded\",\"failed\":true,\"exit_code\":1"
            : left > 0 ? "\"loading\"" : "\"loaded\"";
        if (asked && left is > 0 and < int.MaxValue)
            _listsUntilLoaded[name] = left - 1;
        return $"{{\"id\":\"{name}\",\"aliases\":[\"alias-of-{name}\"],\"owned_by\":\"llamacpp\",\"context_length\":999999,"
            + $"\"status\":{{\"value\":{status}}}"
            + (asked && left == 0 ? $",\"meta\":{{\"n_ctx\":8192,\"ftype\":\"of {name}\"}}" : "") + "}";
    }

    private static Reply Refuse(string message) =>
        Reply.Whole(400, $"{{\"error\":{{\"code\":400,\"message\":\"{message}\",\"type\":\"invalid_request_error\"}}}}");
}
