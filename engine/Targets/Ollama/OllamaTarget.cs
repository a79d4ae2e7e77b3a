using System.Text.Json;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>A model at an Ollama server.</summary>
internal sealed class OllamaTarget : ITarget
{
    private const int MaxShowBytes = 256 << 20;
    private const int MaxNamedModels = 20;

    private readonly TargetSetup _setup;
    private readonly HttpAccess _access;
    private readonly OllamaClient _client;
    private readonly KeepAliveGuard _keepAlive;
    private readonly RunClock _clock;
    private readonly ServerIdentityCheck _identityCheck = new();
    private readonly OllamaRequestBuilder _requests;
    private string? _version;
    private int? _loadedWindow;
    private int? _actualWindow;
    private int? _trainedContext;

    /// <summary>Creates the target; sends nothing.</summary>
    /// <exception cref="ArgumentException">The endpoint contains a user name or means plain http to another machine, or the model has no
    /// name.</exception>
    public OllamaTarget(TargetSetup setup, RunClock clock)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(setup.Model, nameof(setup));
        (_setup, _clock) = (setup, clock);
        _access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        _client = new OllamaClient(_access, setup.Model);
        _keepAlive = new KeepAliveGuard(_client, clock);
        _requests = new OllamaRequestBuilder(setup.Model, setup.Options);
    }

    /// <inheritdoc/>
    public async Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(null, problem);
        using var show = await ShowAsync(verbose: false, cancellation).ConfigureAwait(false);
        var (shape, problemOfShape, kind) = ReadShape(show);
        if (kind is not null)
            return new(null, kind);
        _trainedContext = shape?.TrainedContextTokens;
        var details = new Dictionary<string, string>();
        if (problemOfShape is not null)
            details["shape"] = _access.Sanitize(problemOfShape);
        foreach (var name in (string[])["quantization_level", "parameter_size", "family", "format"])
        {
            if (show.Root.Member("details").Text(name) is { Length: > 0 } detail)
                details[name] = _access.Sanitize(detail, 100);
        }
        return new(
            new TargetFacts
            {
                Kind = TargetKind.Ollama,
                Endpoint = _access.Endpoint.GetLeftPart(UriPartial.Path),
                ServerVersion = _version,
                Model = _setup.Model,
                Shape = shape,
                MaxContextTokens = _trainedContext,
                ReportsPromptCount = true,
                Details = details,
            },
            await AddModelsAsync(show.Problem, cancellation).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<Vocabulary?> GetVocabularyAsync(CancellationToken cancellation)
    {
        using var show = await ShowAsync(verbose: true, cancellation).ConfigureAwait(false);
        try
        {
            return show.Root is { } root ? VocabularyReader.Read(ModelMetadata.FromOllamaShow(root)) : null;
        }
        catch (ModelFormatException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Ollama has no endpoint that counts tokens, so this computes the whole prompt and generates one token. It costs a full
    /// prefill.</remarks>
    public async Task<TokenCountResult> CountTokensAsync(string prompt, CancellationToken cancellation)
    {
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(null, problem);
        return await new PromptComputation(_loadedWindow, _trainedContext).CountAsync(prompt, _setup.Limits,
            request => RunAsync(request, _requests.CountTokens(prompt, request.WindowTokens), null, cancellation)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowTokens, 1);
        var started = _clock.Now;
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(started, null, problem, null);
        await _keepAlive.RecordOriginalAsync(cancellation).ConfigureAwait(false);
        var answer = new LoadResponseParser(_access);
        started = _clock.Now;
        using var watch = new PhaseWatchdog(_clock, _setup.Limits, Phase.Load, cancellation);
        using var exchange = new Exchange(_access);
        var thrown = await OllamaClient.LoadAsync(_requests.Load(windowTokens), exchange, watch, answer.Parse).ConfigureAwait(false);
        TimeSpan? took = exchange.Sent is { } sent ? (exchange.Lines?.Ended ?? _clock.Now).Since(sent) : null;
        started = exchange.Sent ?? started;
        var outcome = answer.DetermineOutcome(exchange, watch, thrown, cancellation);
        if (outcome is not Completed)
        {
            _loadedWindow = _actualWindow = null;
            return new(started, took, outcome, null) { Notes = _requests.Notes };
        }
        var running = await _client.FindRunningModelAsync(cancellation).ConfigureAwait(false);
        if (_identityCheck.Check(
            running?.Digest is { Length: > 0 } digest ? _access.Sanitize($"the model with digest {digest}", 200) : null) is { } another)
            return new(started, took, another, null) { Notes = _requests.Notes };
        _loadedWindow = windowTokens;
        _actualWindow = running is { ContextLength: > 0 } ? running.ContextLength : null;
        _keepAlive.OnLoaded(_requests, windowTokens);
        return new(started, took, outcome, _actualWindow)
        {
            ResidentBytes = running is { Size: > 0 } ? running.Size : null,
            AcceleratorBytes = running is { Size: > 0, SizeVram: >= 0 } ? running.SizeVram : null,
            Notes = _actualWindow < windowTokens
                ? [.. _requests.Notes,
                    FormattableString.Invariant(
                        $"the window is {_actualWindow} tokens instead of {windowTokens}: the server reduced it without an error")]
                : _requests.Notes,
        };
    }

    /// <inheritdoc/>
    public async Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        // A generation rate needs two tokens, and to Ollama 0 means no limit.
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new InferenceReport { Outcome = problem, Client = new(), Marks = [], Notes = _requests.Notes };
        var report = await RunAsync(request, _requests.Infer(request), live, cancellation).ConfigureAwait(false);
        return report with { GivenWindowTokens = _actualWindow, Notes = _requests.Notes };
    }

    /// <summary>Restores how long the model stays in memory.</summary>
    public async ValueTask DisposeAsync() => await _keepAlive.RestoreAsync().ConfigureAwait(false);

    private async Task<InferenceReport> RunAsync(InferenceRequest request, OllamaGenerateRequest call, Action<StreamMark>? live,
        CancellationToken cancellation)
    {
        using var stream = new InferenceStream(_access, request, live, LineReader.DefaultMaxLineBytes, cancellation);
        stream.Result.IncompleteMessage = "the stream ended without a line";
        using var message = OllamaClient.CreateMessage(call);
        var parser = new OllamaStreamParser(stream);
        await stream.SendAsync(message, (lines, token) => NdjsonReader.ReadAsync(lines, parser.Parse, token)).ConfigureAwait(false);
        return InferenceReportBuilder.Build(stream);
    }

    private async Task<Outcome?> EnsureHandshakeAsync(CancellationToken cancellation)
    {
        if (_version is not null)
            return null;
        using var answer = await JsonCall.GetAsync(_access, "api/version", cancellation).ConfigureAwait(false);
        if (answer.Problem is not null)
            return answer.Problem;
        if (answer.Root.Text("version") is not { } version)
            return new ProtocolViolation("/api/version reports no version, so this is not an Ollama server");
        _version = _access.Sanitize(version, 100);
        return null;
    }

    // Absent before 0.6.4.
    private List<string> ReadCapabilities(JsonElement show) =>
        show.Member("capabilities") is { ValueKind: JsonValueKind.Array } all
            ? [.. all.EnumerateArray().Take(16).Select(one => one.SafeString()).OfType<string>()
                .Select(text => _access.Sanitize(text, 100))]
            : [];

    // The server's own words name only the model that it does not have.
    private async Task<Outcome?> AddModelsAsync(Outcome? problem, CancellationToken cancellation)
    {
        if (problem is not Refused { Status: 404 } refused)
            return problem;
        using var tags = await JsonCall.GetAsync(_access, "api/tags", cancellation).ConfigureAwait(false);
        if (tags.Root.Member("models") is not { ValueKind: JsonValueKind.Array } models)
            return problem;
        var names = models.EnumerateArray().Take(MaxNamedModels).Select(entry => ((JsonElement?)entry).Text("name")).OfType<string>()
            .ToList();
        return refused with
        {
            Text = refused.Text + (names.Count == 0
                ? "; the server has no models yet"
                : $"; the server has: {_access.Sanitize(string.Join(", ", names), 1000)}"),
        };
    }

    // Does not use OllamaSharp, whose answer lacks the tensors.
    private Task<JsonResponse> ShowAsync(bool verbose, CancellationToken cancellation) =>
        JsonCall.PostAsync(_access, "api/show", RequestBody.Write(writer =>
        {
            writer.WriteString("model", _setup.Model);
            writer.WriteBoolean("verbose", verbose);
        }), cancellation, MaxShowBytes);

    private (ModelShape? Shape, string? Problem, Outcome? Kind) ReadShape(JsonResponse show)
    {
        try
        {
            if (show.Root is not { } root)
                return default;
            if (ReadCapabilities(root) is { Count: > 0 } capabilities && !capabilities.Contains("completion"))
                return (null, null, new Refused(null,
                    $"the server's model cannot be measured: Ollama lists what it can do as {string.Join(", ", capabilities)}, not "
                    + "completion, and answers no prompt with it"));
            var metadata = ModelMetadata.FromOllamaShow(root);
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
