using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>
/// A model at an Ollama server, or at the embedded one, which speaks the same protocol and more (<see cref="EmbeddedProtocol"/>). Requests
/// go through OllamaSharp; every byte is seen and stamped before it.
/// </summary>
internal sealed class OllamaTarget : IIncrementalTarget
{
    private const int MaxShowBytes = 256 << 20;
    private readonly TargetSetup _setup;
    private readonly HttpAccess _access;
    private readonly OllamaClient _client;
    private readonly KeepAliveGuard _keepAlive;
    private readonly RunClock _clock;
    private readonly ServerIdentityCheck _identityCheck = new();
    private OllamaRequestBuilder _requests;
    private OllamaCapabilities? _capabilities;
    private int? _loadedWindow;
    private int? _actualWindow;
    private int? _trainedContext;

    /// <summary>A target that has not been asked anything yet.</summary>
    /// <exception cref="ArgumentException">The endpoint is not allowed (user name in it, plain http to another machine), or the model has
    /// no name.</exception>
    public OllamaTarget(TargetSetup setup, RunClock clock)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(setup.Model, nameof(setup));
        (_setup, _clock) = (setup, clock);
        _access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        _client = new OllamaClient(_access, setup.Model);
        _keepAlive = new KeepAliveGuard(_client, clock);
        _requests = new OllamaRequestBuilder(setup.Model, setup.Options, OllamaCapabilities.None);
    }

    /// <inheritdoc/>
    public async Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(null, problem);
        using var show = await ShowAsync(verbose: false, cancellation).ConfigureAwait(false);
        var (shape, trouble) = ReadShape(show);
        _trainedContext = shape?.TrainedContextTokens;
        var details = new Dictionary<string, string>(_capabilities!.Details);
        if (trouble is not null)
            details["shape"] = _access.Sanitize(trouble);
        foreach (var name in (string[])["quantization_level", "parameter_size", "family", "format"])
        {
            if (show.Root.Member("details").Text(name) is { Length: > 0 } detail)
                details[name] = _access.Sanitize(detail, 100);
        }
        return new(
            new TargetFacts
            {
                Kind = _capabilities.IsEmbedded ? "embedded" : "ollama",
                Endpoint = _access.Endpoint.GetLeftPart(UriPartial.Path),
                ServerVersion = _capabilities.Version,
                Model = _setup.Model,
                Shape = shape,
                MaxContextTokens = _trainedContext,
                ReportsPromptCount = true,
                ReportsCachedCount = _capabilities.Supports(EmbeddedProtocol.Report),
                CanIgnoreEos = _capabilities.Supports(EmbeddedProtocol.IgnoreEos),
                CanDisableCache = _capabilities.Supports(EmbeddedProtocol.NoPromptCache),
                CanSkipPrefill = _capabilities.Supports(EmbeddedProtocol.SkipPrefill),
                CanMeasureIncrementalDepth = _capabilities.Supports(EmbeddedProtocol.DepthPass)
                    && _capabilities.Supports(EmbeddedProtocol.TokenIds),
                CanResume = _capabilities.Supports(EmbeddedProtocol.SavedKvState),
                TakesTokenIds = _capabilities.Supports(EmbeddedProtocol.TokenIds),
                Details = details,
            },
            show.Problem);
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
    /// <remarks>Ollama has no tokenizer to ask, so the whole prompt is computed for one token: the price of a prefill.</remarks>
    public async Task<int?> CountTokensAsync(string prompt, CancellationToken cancellation)
    {
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is not null)
            return null;
        // Without a window loaded yet: a token is seldom shorter than two bytes.
        var window = _loadedWindow ?? Math.Min(_trainedContext ?? int.MaxValue, System.Text.Encoding.UTF8.GetByteCount(prompt) / 2 + 256);
        var request = new InferenceRequest(new Prompt { Kind = PromptKind.Words, Text = prompt, TokenCount = 0, Nonce = "" }, window, 1,
            new PhaseLimits());
        var report = await RunAsync(request, _requests.CountTokens(prompt, window), null, cancellation).ConfigureAwait(false);
        return report.CountedPromptTokens;
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
        using var exchange = new Exchange(_access) { Observer = answer.Parse };
        var thrown = await _client.GenerateAsync(_requests.Load(windowTokens), exchange, watch).ConfigureAwait(false);
        var took = (exchange.Lines?.Ended ?? _clock.Now).Since(exchange.Sent ?? started);
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
        _actualWindow = running is { ContextLength: > 0 } ? running.ContextLength : answer.WindowTokens;
        _keepAlive.OnLoaded(_requests, windowTokens);
        return new(started, took, outcome, _actualWindow)
        {
            KvBytes = answer.KvBytes,
            ComputeBytes = answer.ComputeBytes,
            Tier = answer.Tier,
            ResidentBytes = running is { Size: > 0 } ? running.Size : null,
            AcceleratorBytes = running is { Size: > 0, SizeVram: >= 0 } ? running.SizeVram : null,
            Notes = _actualWindow < windowTokens
                ? [.. _requests.Notes,
                    FormattableString.Invariant(
                        $"the window is {_actualWindow} tokens where {windowTokens} were asked for: the server caps it without a word")]
                : _requests.Notes,
        };
    }

    /// <inheritdoc/>
    public async Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        // 1 would yield no generation rate, and 0 means "without end" to Ollama.
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new InferenceReport { Outcome = problem, Client = new(), Marks = [], Notes = _requests.Notes };
        var report = await RunAsync(request, _requests.Infer(request), live, cancellation).ConfigureAwait(false);
        var capped = _actualWindow < request.WindowTokens ? TrialFlags.ContextCapped : TrialFlags.None;
        return report with { Flags = report.Flags | capped, Notes = _requests.Notes };
    }

    /// <inheritdoc/>
    /// <remarks>One request. Only the embedded server takes it.</remarks>
    public async IAsyncEnumerable<InferenceReport> InferIncrementallyAsync(IncrementalRequest request, Action<StreamMark>? live,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        var problem = await EnsureHandshakeAsync(cancellation).ConfigureAwait(false)
            ?? (_capabilities!.Supports(EmbeddedProtocol.DepthPass) && request.Prompt.TokenIds is not null
                ? null
                : new Refused(null, "this server does not take a growing prompt as token ids"));
        if (problem is not null)
        {
            yield return new InferenceReport { Outcome = problem, Client = new(), Marks = [] };
            yield break;
        }
        var reports = Channel.CreateUnbounded<InferenceReport>(new UnboundedChannelOptions { SingleReader = true });
        var running = RunIncrementalAsync(request, live, reports.Writer, cancellation);
        await foreach (var report in reports.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            yield return _actualWindow < request.WindowTokens ? report with { Flags = report.Flags | TrialFlags.ContextCapped } : report;
        await running.ConfigureAwait(false);
    }

    /// <summary>Gives the model back its stay in memory as it was found.</summary>
    public async ValueTask DisposeAsync() => await _keepAlive.RestoreAsync().ConfigureAwait(false);

    private async Task<InferenceReport> RunAsync(InferenceRequest request, ExtendedGenerateRequest call, Action<StreamMark>? live,
        CancellationToken cancellation)
    {
        using var watch = new PhaseWatchdog(_clock, request.Limits, Phase.Prefill, cancellation);
        var facts = new StreamResult { IncompleteMessage = "the stream ended without a line" };
        var record = new StreamTimeline(request, watch, live);
        var stream = new OllamaStreamParser(facts, record, request, _access);
        using var exchange = new Exchange(_access)
        {
            Observer = stream.Parse,
            OnSent = sent => watch.EnterPhase(Phase.Prefill, sent),
        };
        var thrown = await _client.GenerateAsync(call, exchange, watch).ConfigureAwait(false);
        return InferenceReportBuilder.Build(request, exchange, record, facts, watch, thrown, cancellation);
    }

    private async Task RunIncrementalAsync(IncrementalRequest request, Action<StreamMark>? live, ChannelWriter<InferenceReport> reports,
        CancellationToken cancellation)
    {
        try
        {
            using var watch = new PhaseWatchdog(_clock, request.Limits, Phase.Prefill, cancellation);
            OllamaIncrementalParser? pass = null;
            using var exchange = new Exchange(_access)
            {
                Observer = (line, arrived) => pass!.Parse(line, arrived),
                OnSent = sent => watch.EnterPhase(Phase.Prefill, sent),
            };
            pass = new OllamaIncrementalParser(request, watch, exchange, live, reports);
            var thrown = await _client.GenerateAsync(_requests.InferIncrementally(request), exchange, watch).ConfigureAwait(false);
            if (pass.ReportUnfinished(thrown, cancellation) is { } rest)
                reports.TryWrite(rest);
        }
        finally
        {
            reports.Complete();
        }
    }

    // The version is asked for before anything else: it tells which dialect the requests may use. Not through OllamaSharp, which drops all
    // but the number.
    private async Task<Outcome?> EnsureHandshakeAsync(CancellationToken cancellation)
    {
        if (_capabilities is not null)
            return null;
        using var version = await JsonCall.GetAsync(_access, "api/version", cancellation).ConfigureAwait(false);
        if (version.Problem is not null)
            return version.Problem;
        if (version.Root.Text("version") is null)
            return new ProtocolViolation("/api/version tells no version: this is no Ollama server");
        _capabilities = OllamaCapabilities.Parse(version.Root, _access);
        _requests = new OllamaRequestBuilder(_setup.Model, _setup.Options, _capabilities);
        return null;
    }

    // Not through OllamaSharp, whose answer lacks the tensors.
    private Task<JsonResponse> ShowAsync(bool verbose, CancellationToken cancellation) =>
        JsonCall.PostAsync(
            _access, "api/show", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { model = _setup.Model, verbose }), cancellation,
            MaxShowBytes);

    private static (ModelShape? Shape, string? Trouble) ReadShape(JsonResponse show)
    {
        try
        {
            return (show.Root is { } root ? ModelShapeReader.Read(ModelMetadata.FromOllamaShow(root)) : null, null);
        }
        catch (ModelFormatException exception)
        {
            return (null, exception.Message);
        }
    }
}
