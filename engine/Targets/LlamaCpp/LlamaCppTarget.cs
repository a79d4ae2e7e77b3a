using System.Runtime.CompilerServices;
using System.Text.Json;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// A model at llama.cpp's own server, through its native <c>/completion</c>. It reports exact counts and the progress of prefill within a
/// request, and it can turn off the prompt cache. Its context window is fixed when it starts.
/// </summary>
internal sealed class LlamaCppTarget : IIncrementalTarget
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly string[] s_responseFields =
        ["content", "tokens", "stop", "stop_type", "tokens_predicted", "tokens_evaluated", "truncated", "timings"];

    private readonly TargetSetup _setup;
    private readonly HttpAccess _access;
    private readonly RunClock _clock;
    private readonly LlamaCppRouter _router;
    private readonly LlamaCppStateReader _state;
    private readonly LlamaCppSlots _slots;
    private readonly ServerIdentityCheck _identityCheck = new();
    private int? _window;
    private bool _isSpeculative;
    private bool _isKnown;

    /// <summary>Creates the target; sends nothing.</summary>
    /// <exception cref="ArgumentException">The endpoint contains a user name or means plain http to another machine.</exception>
    public LlamaCppTarget(TargetSetup setup, RunClock clock)
    {
        (_setup, _clock) = (setup, clock);
        _access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        _router = new LlamaCppRouter(_access, setup.Model, setup.Limits.Load);
        _state = new LlamaCppStateReader(_access, _router);
        _slots = new LlamaCppSlots(_access, _router);
    }

    /// <inheritdoc/>
    public async Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (_setup.Waiting is { } waiting
            && (await WaitUntilLoadedAsync(_isKnown ? null : waiting, cancellation).ConfigureAwait(false)).Problem
                is (TimedOut or Cancelled) and var notReady)
            return new(null, notReady);
        using var server = await JsonCall.GetAsync(_access, "props", cancellation).ConfigureAwait(false);
        if ((server.Problem ?? await _router.ConnectAsync(server.Root, cancellation).ConfigureAwait(false)) is { } unusable)
            return new(null, unusable);
        if ((await _router.LoadAsync(cancellation).ConfigureAwait(false)).Problem is { } notLoaded)
            return new(null, notLoaded);
        using var props = await GetPropsAsync(cancellation).ConfigureAwait(false);
        if (props.Problem is not null)
            return new(null, props.Problem);
        using var models = await JsonCall.GetAsync(_access, "v1/models", cancellation).ConfigureAwait(false);
        _window = ReadWindow(props);
        _isKnown = true;
        _identityCheck.Check(Identity(props));
        _isSpeculative = await _state.IsSpeculativeAsync(cancellation).ConfigureAwait(false);
        var path = props.Root.Text("model_path");
        var (metadata, fileProblem) = LocalGguf.Read(_setup.GgufPath, path, _access);
        var (shape, shapeProblem, kind) = ReadShape(metadata);
        if (kind is not null)
            return new(null, kind);
        var details = Details(props, models);
        if (_isSpeculative)
            details["speculative"] = "yes";
        if ((fileProblem ?? shapeProblem) is { } why)
            details["shape"] = _access.Sanitize(why);
        var name = _router.Model ?? FindName(props, models, path, details);
        return new(
            new TargetFacts
            {
                Kind = TargetKind.LlamaServer,
                Endpoint = _access.Endpoint.GetLeftPart(UriPartial.Path),
                ServerVersion = props.Root.Text("build_info") is { } build ? _access.Sanitize(build, 100) : null,
                Model = _access.Sanitize(name, 200),
                Shape = shape,
                MaxContextTokens = _window,
                ReportsPromptCount = true,
                CanIgnoreEos = true,
                CanDisableCache = true,
                // Each answer of a pass proves by its count of cached tokens whether this worked.
                CanMeasureIncrementalDepth = true,
                CanResume = await _slots.IsSupportedAsync(cancellation).ConfigureAwait(false),
                TakesTokenIds = true,
                Details = details,
            },
            null);
    }

    /// <inheritdoc/>
    public async Task<Vocabulary?> GetVocabularyAsync(CancellationToken cancellation)
    {
        using var props = await GetPropsAsync(cancellation).ConfigureAwait(false);
        try
        {
            return LocalGguf.Read(_setup.GgufPath, props.Root.Text("model_path"), _access).Metadata is { } metadata
                ? VocabularyReader.Read(metadata)
                : null;
        }
        catch (ModelFormatException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public bool CountRunsPrefill => false;

    /// <inheritdoc/>
    public async Task<TokenCountResult> CountTokensAsync(string prompt, CancellationToken cancellation)
    {
        using var answer = await PostTokenizeAsync(prompt, cancellation).ConfigureAwait(false);
        return answer.Root.Member("tokens") is { ValueKind: JsonValueKind.Array } tokens
            ? new(tokens.GetArrayLength(), null)
            : new(null, answer.Problem);
    }

    /// <inheritdoc/>
    /// <remarks>The server loads its model when it starts. This waits until the model is loaded, and reads the context window.</remarks>
    public async Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation)
    {
        var started = _clock.Now;
        var (waited, notReady) = await WaitUntilLoadedAsync(null, cancellation).ConfigureAwait(false);
        // A server that is gone loaded nothing.
        if (notReady is not null)
            return new(started, notReady is TargetDied ? null : _clock.Now.Since(started), notReady, null);
        var (routed, problem) = await _router.LoadAsync(cancellation).ConfigureAwait(false);
        if (problem is not null)
            return new(started, null, problem, null);
        var took = waited ? _clock.Now.Since(started) : routed;
        using var props = await GetPropsAsync(cancellation).ConfigureAwait(false);
        _window = ReadWindow(props);
        return new(started, took, props.Problem ?? _identityCheck.Check(Identity(props)) ?? new Completed(),
            _window)
        { Notes = await NotesAsync(windowTokens, cancellation).ConfigureAwait(false) };
    }

    // A server that loads its model answers everything with 503.
    private async Task<(bool Waited, Outcome? Problem)> WaitUntilLoadedAsync(Action<string>? waiting, CancellationToken cancellation)
    {
        var started = _clock.Now;
        for (var waited = false; ; waited = true)
        {
            using var health = await JsonCall.GetAsync(_access, "health", cancellation).ConfigureAwait(false);
            if (health.Status is not 503)
                return (waited, health.Problem);
            if (_clock.Now.Since(started) > _setup.Limits.Load)
                return (waited, new TimedOut(Phase.Load, _setup.Limits.Load));
            if (!waited)
                waiting?.Invoke("waiting for the server to load its model");
            try
            {
                await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return (waited, new Cancelled());
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Uses <c>/metrics</c> of a server started with <c>--metrics</c>, else counts the busy slots in <c>/slots</c>. A page that
    /// the server does not have is requested only once.</remarks>
    public Task<ServerState?> GetServerStateAsync(CancellationToken cancellation) => _state.ReadAsync(cancellation);

    /// <inheritdoc/>
    public async Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        if (request.KvCacheAction == KvCacheAction.Resume)
            return await ResumeAsync(request, live, cancellation).ConfigureAwait(false);
        var report = await RunCompletionAsync(request, live, cancellation).ConfigureAwait(false);
        return request.KvCacheAction == KvCacheAction.Save && report.Outcome.IsCompleted
            ? report with { Tier = await _slots.SaveAsync(request.Limits, cancellation).ConfigureAwait(false) }
            : report;
    }

    // A user who resumes waits for the restore and for the answer, so the timings start with the restore.
    private async Task<InferenceReport> ResumeAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        var (use, problem) = await _slots.RestoreAsync(request.Limits, cancellation).ConfigureAwait(false);
        if (problem is not null)
            return new InferenceReport { Outcome = problem, Client = new(), Marks = [], Tier = use };
        var report = await RunCompletionAsync(request, live, cancellation).ConfigureAwait(false);
        var took = use.Resume ?? default;
        return report with
        {
            Tier = use with { ResumedTokens = report.CachedPromptTokens },
            Client = report.Client with
            {
                Sent = report.Client.Sent?.Plus(-took),
                TimeToHeaders = report.Client.TimeToHeaders + took,
                TimeToFirstToken = report.Client.TimeToFirstToken + took,
                TimeToFirstReasoning = report.Client.TimeToFirstReasoning + took,
                TimeToLastToken = report.Client.TimeToLastToken + took,
                TimeToEnd = report.Client.TimeToEnd + took,
            },
        };
    }

    private async Task<InferenceReport> RunCompletionAsync(InferenceRequest request, Action<StreamMark>? live,
        CancellationToken cancellation)
    {
        var inference = new SseInference
        {
            Access = _access,
            Path = "completion",
            Body = Body(request),
            Request = request,
            Live = live,
            Parse = new LlamaCppStreamParser(_access).Parse,
        };
        var (report, _, _) = await inference.RunAsync(cancellation).ConfigureAwait(false);
        return report with
        {
            GivenWindowTokens = _window,
            // The server omits the counts of an answer for which it drafted nothing.
            DraftTokens = report.DraftTokens ?? (_isSpeculative && report.OutputTokens is not null ? 0 : null),
        };
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Sends one request for each context and uses the server's prompt cache on purpose. The server's count of cached tokens proves each
    /// step. From the first step without proof on, prefill is absent, and a note says why.
    /// </remarks>
    public async IAsyncEnumerable<InferenceReport> InferIncrementallyAsync(IncrementalRequest request, Action<StreamMark>? live,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var ids = request.Prompt.TokenIds ?? await TokenizeAsync(request.Prompt.Text, cancellation).ConfigureAwait(false);
        if (request.ComputedBatchTokens is not null || ids?.Count != request.Prompt.TokenCount)
        {
            yield return new InferenceReport
            {
                Outcome = new Refused(null,
                    "llama-server runs an incremental pass only with the prompt as token ids and computed prefill; use --prefill computed"),
                Client = new(),
                Marks = []
            };
            yield break;
        }
        var whole = request with { Prompt = request.Prompt with { TokenIds = ids } };
        var pass = new IncrementalPrefillSum();
        for (var i = 0; i < request.Contexts.Count; i++)
        {
            // The first request uses no cache, which could contain the start of another prompt.
            var report = pass.Add(
                await InferAsync(whole.ToInferenceRequest(request.Contexts[i]) with { WarmPrefix = i > 0 }, live, cancellation)
                    .ConfigureAwait(false), request.Contexts[i]);
            yield return report;
            if (report.Outcome is not Completed)
                yield break;
        }
    }

    /// <summary>Does nothing: the server keeps no state of this target.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<JsonResponse> GetPropsAsync(CancellationToken cancellation) =>
        JsonCall.GetAsync(_access, _router.Path("props"), cancellation);

    private Task<JsonResponse> PostTokenizeAsync(string text, CancellationToken cancellation)
    {
        var body = RequestBody.Write(writer =>
        {
            _router.WriteModel(writer);
            writer.WriteString("content", text);
            writer.WriteBoolean("add_special", true);
        });
        // The answer contains each token as a number of up to ten digits.
        var bound = (int)Math.Min(JsonCall.DefaultMaxBytes + 12L * text.Length, 1 << 30);
        return JsonCall.PostAsync(_access, "tokenize", body, cancellation, bound);
    }

    private async Task<IReadOnlyList<int>?> TokenizeAsync(string text, CancellationToken cancellation)
    {
        using var answer = await PostTokenizeAsync(text, cancellation).ConfigureAwait(false);
        if (answer.Root.Member("tokens") is not { ValueKind: JsonValueKind.Array } tokens)
            return null;
        var ids = new List<int>(tokens.GetArrayLength());
        foreach (var token in tokens.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Number || !token.TryGetInt32(out var id))
                return null;
            ids.Add(id);
        }
        return ids;
    }

    private ReadOnlyMemory<byte> Body(InferenceRequest request) => RequestBody.Write(writer =>
    {
        if ((_router.Model ?? _setup.Model) is { Length: > 0 } model)
            writer.WriteString("model", model);
        writer.WritePrompt(request.Prompt, asIds: true);
        writer.WriteNumber("n_predict", request.OutputTokens);
        writer.WriteBoolean("stream", true);
        writer.WriteBoolean("cache_prompt", request.WarmPrefix || request.KeepsConversation
            || request.KvCacheAction == KvCacheAction.Resume);
        if (request.KvCacheAction != KvCacheAction.None)
            writer.WriteNumber("id_slot", LlamaCppSlots.Slot);
        writer.WriteBoolean("return_progress", true);
        writer.WriteBoolean("return_tokens", true);
        writer.WriteBoolean("ignore_eos", true);
        writer.WriteNumber("temperature", 0);
        writer.WriteNumber("seed", 1);
        // Without this field the final frame repeats the whole prompt.
        writer.WriteStartArray("response_fields");
        foreach (var field in s_responseFields)
            writer.WriteStringValue(field);
        writer.WriteEndArray();
    });

    private async Task<IReadOnlyList<string>> NotesAsync(int windowTokens, CancellationToken cancellation)
    {
        var notes = new List<string>();
        if (_window < windowTokens)
            notes.Add(
                FormattableString.Invariant(
                    $"the context window of a slot is {_window} tokens instead of {windowTokens}; ")
                + "llama-server sets it when it starts (-c, divided by -np)");
        if (_setup.Options is not
            {
                KvType: null, FlashAttention: null, LoadMode: null, Threads: null, PrefillThreads: null,
                BatchTokens: null, GpuLayers: null
            })
            notes.Add("settings of the target were not set: llama-server reads them only when it starts");
        return notes;
    }

    private Dictionary<string, string> Details(JsonResponse props, JsonResponse models)
    {
        var details = new Dictionary<string, string>();
        void Add(string name, string? value)
        {
            if (value is { Length: > 0 })
                details[name] = _access.Sanitize(value, 500);
        }

        Add("model_path", props.Root.Text("model_path"));
        Add("model_ftype", props.Root.Text("model_ftype"));
        Add("total_slots", props.Root.Member("total_slots")?.SafeRawText());
        Add("role", _router.Model is null ? null : "router");
        if (models.Root.Member("data") is { ValueKind: JsonValueKind.Array } data)
        {
            foreach (var (field, value) in data.EnumerateArray().FirstOrDefault(_router.IsModel).Member("meta").Details(_access, 32))
                Add(field, value);
        }
        return details;
    }

    // A server with one model answers whatever name a request has: the name of the address is no fact where the server has another.
    private string FindName(JsonResponse props, JsonResponse models, string? path, Dictionary<string, string> details)
    {
        var listed = models.Root.Member("data") is { ValueKind: JsonValueKind.Array } data
            ? data.EnumerateArray().Select(entry => ((JsonElement?)entry).Text("id"))
            : [];
        List<string> own = [.. listed.Prepend(path).Prepend(props.Root.Text("model_alias")).OfType<string>()
            .Where(name => name.Length > 0)];
        bool IsRequested(string name) => ((string[])[name, Path.GetFileName(name), Path.GetFileNameWithoutExtension(name)])
            .Contains(_setup.Model, StringComparer.OrdinalIgnoreCase);
        if (own.Count == 0)
            return _setup.Model.Length > 0 ? _setup.Model : "unnamed";
        if (own.Exists(IsRequested))
            return _setup.Model;
        if (_setup.Model.Length > 0)
            details["requested_model"] = _access.Sanitize(_setup.Model, 200);
        return own[0];
    }

    private string? Identity(JsonResponse props) =>
        props.Root.Text("model_path") is { } path
            ? _access.Sanitize($"{path} ({props.Root.Text("build_info") ?? "unknown build"})", 500)
            : null;

    private static int? ReadWindow(JsonResponse props) =>
        props.Root.Member("default_generation_settings").Count("n_ctx") is > 0 and var window ? window : null;

    private static (ModelShape? Shape, string? Problem, Outcome? Kind) ReadShape(ModelMetadata? metadata)
    {
        try
        {
            if (metadata is null)
                return default;
            GenerativeModel.Check(metadata);
            return (ModelShapeReader.Read(metadata), null, null);
        }
        catch (ModelKindException exception)
        {
            return (null, null, new Refused(null, $"the server's model cannot be measured: {exception.Message}"));
        }
        catch (ModelFormatException exception)
        {
            return (null, exception.Message, null);
        }
    }
}
