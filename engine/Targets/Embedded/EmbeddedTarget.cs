using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>A model at the embedded server. Its protocol (<see cref="EmbeddedProtocol"/>) supports prompts as token ids, native times,
/// skipped prefill, incremental passes, the storage tier and saved KV caches.</summary>
internal sealed class EmbeddedTarget : IIncrementalTarget
{
    private readonly TargetSetup _setup;
    private readonly HttpAccess _access;
    private readonly EmbeddedApi _api;
    private readonly ModelStay _stay;
    private readonly RunClock _clock;
    private readonly ServerIdentityCheck _identityCheck = new();
    private EmbeddedRequestBuilder _requests;
    private EmbeddedCapabilities? _capabilities;
    private int? _loadedWindow;
    private int? _actualWindow;
    private int? _trainedContext;

    /// <summary>Creates the target; sends nothing.</summary>
    /// <exception cref="ArgumentException">The endpoint contains a user name or means plain http to another machine, or the model has no
    /// name.</exception>
    public EmbeddedTarget(TargetSetup setup, RunClock clock)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(setup.Model, nameof(setup));
        (_setup, _clock) = (setup, clock);
        _access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
        _api = new EmbeddedApi(_access, setup.Model);
        _stay = new ModelStay(_api);
        _requests = new EmbeddedRequestBuilder(setup.Model, setup.Options, EmbeddedCapabilities.None);
    }

    /// <inheritdoc/>
    public async Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(null, problem);
        using var show = await _api.ShowAsync(verbose: false, cancellation).ConfigureAwait(false);
        var (shape, shapeProblem) = ReadShape(show);
        _trainedContext = shape?.TrainedContextTokens;
        var capabilities = _capabilities!;
        var details = new Dictionary<string, string>(capabilities.Details);
        if (shapeProblem is not null)
            details["shape"] = _access.Sanitize(shapeProblem);
        foreach (var name in (string[])["quantization_level", "parameter_size", "family", "format"])
        {
            if (show.Root.Member("details").Text(name) is { Length: > 0 } detail)
                details[name] = _access.Sanitize(detail, 100);
        }
        return new(
            new TargetFacts
            {
                Kind = TargetKind.Embedded,
                Endpoint = _access.Endpoint.GetLeftPart(UriPartial.Path),
                ServerVersion = capabilities.Version,
                Model = _setup.Model,
                Shape = shape,
                MaxContextTokens = _trainedContext,
                ReportsPromptCount = true,
                CanIgnoreEos = capabilities.Supports(EmbeddedProtocol.IgnoreEos),
                CanDisableCache = capabilities.Supports(EmbeddedProtocol.NoPromptCache),
                CanSkipPrefill = capabilities.Supports(EmbeddedProtocol.SkipPrefill),
                CanMeasureIncrementalDepth = capabilities.Supports(EmbeddedProtocol.DepthPass)
                    && capabilities.Supports(EmbeddedProtocol.TokenIds),
                CanResume = capabilities.Supports(EmbeddedProtocol.SavedKvState),
                TakesTokenIds = capabilities.Supports(EmbeddedProtocol.TokenIds),
                Details = details,
            },
            show.Problem);
    }

    /// <inheritdoc/>
    public async Task<Vocabulary?> GetVocabularyAsync(CancellationToken cancellation)
    {
        using var show = await _api.ShowAsync(verbose: true, cancellation).ConfigureAwait(false);
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
    /// <remarks>The server computes the whole prompt for one token.</remarks>
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
        await _stay.RecordOriginalAsync(cancellation).ConfigureAwait(false);
        var answer = new EmbeddedLoadParser(_access);
        started = _clock.Now;
        using var watch = new PhaseWatchdog(_clock, _setup.Limits, Phase.Load, cancellation);
        using var exchange = new Exchange(_access);
        var thrown = await EmbeddedApi.LoadAsync(_requests.Load(windowTokens), exchange, watch, answer.Parse).ConfigureAwait(false);
        TimeSpan? duration = exchange.Sent is { } sent ? (exchange.Lines?.Ended ?? _clock.Now).Since(sent) : null;
        started = exchange.Sent ?? started;
        var outcome = answer.DetermineOutcome(exchange, watch, thrown, cancellation);
        if (outcome is not Completed)
        {
            _loadedWindow = _actualWindow = null;
            return new(started, duration, outcome, null) { Notes = _requests.Notes };
        }
        var running = await _api.FindRunningModelAsync(cancellation).ConfigureAwait(false);
        if (_identityCheck.Check(
            running?.Digest is { Length: > 0 } digest ? _access.Sanitize($"the model with digest {digest}", 200) : null) is { } another)
            return new(started, duration, another, null) { Notes = _requests.Notes };
        _loadedWindow = windowTokens;
        _actualWindow = running?.WindowTokens is > 0 and var window ? window : WireNumbers.Count(answer.Report.WindowTokens);
        _stay.OnLoaded(_requests, windowTokens);
        return new(started, duration, outcome, _actualWindow)
        {
            KvBytes = WireNumbers.Bytes(answer.Report.KvBytes),
            ComputeBytes = WireNumbers.Bytes(answer.Report.ComputeBytes),
            Tier = TierMapping.ToTierUse(answer.Report.Tier),
            ResidentBytes = running?.SizeBytes is > 0 and var size ? size : null,
            AcceleratorBytes = running is { SizeBytes: > 0, AcceleratorBytes: >= 0 } ? running.AcceleratorBytes : null,
            Notes = _actualWindow < windowTokens
                ? [.. _requests.Notes, FormattableString.Invariant($"the window is {_actualWindow} tokens instead of {windowTokens}")]
                : _requests.Notes,
        };
    }

    /// <inheritdoc/>
    public async Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        // A generation rate needs two tokens.
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new InferenceReport { Outcome = problem, Client = new(), Marks = [], Notes = _requests.Notes };
        var report = await RunAsync(request, _requests.Infer(request), live, cancellation).ConfigureAwait(false);
        return AddWindow(report) with
        {
            Notes = report.Conversation?.Note is { } note ? [.. _requests.Notes, $"conversations: {note}"] : _requests.Notes,
        };
    }

    /// <inheritdoc/>
    /// <remarks>The whole pass is one request.</remarks>
    public async IAsyncEnumerable<InferenceReport> InferIncrementallyAsync(IncrementalRequest request, Action<StreamMark>? live,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        var problem = await EnsureHandshakeAsync(cancellation).ConfigureAwait(false)
            ?? (_capabilities!.Supports(EmbeddedProtocol.DepthPass) && request.Prompt.TokenIds is not null
                ? null
                : new Refused(null,
                    $"an incremental pass needs the prompt as token ids and a server that announces '{EmbeddedProtocol.DepthPass}' "
                        + "for this model; choose another --method"));
        if (problem is not null)
        {
            yield return new InferenceReport { Outcome = problem, Client = new(), Marks = [] };
            yield break;
        }
        var reports = Channel.CreateUnbounded<InferenceReport>(new UnboundedChannelOptions { SingleReader = true });
        var running = RunIncrementalAsync(request, live, reports.Writer, cancellation);
        await foreach (var report in reports.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            yield return AddWindow(report);
        await running.ConfigureAwait(false);
    }

    /// <summary>Restores how long the model stays in memory.</summary>
    public async ValueTask DisposeAsync() => await _stay.RestoreAsync().ConfigureAwait(false);

    // The final frame reports the window of the answer itself; the load that of the model.
    private InferenceReport AddWindow(InferenceReport report) =>
        report.GivenWindowTokens < _actualWindow ? report : report with { GivenWindowTokens = _actualWindow ?? report.GivenWindowTokens };

    private async Task<InferenceReport> RunAsync(InferenceRequest request, GenerateBody body, Action<StreamMark>? live,
        CancellationToken cancellation)
    {
        using var stream = new InferenceStream(_access, request, live, LineReader.DefaultMaxLineBytes, cancellation);
        stream.Result.IncompleteMessage = "the stream ended without a line";
        using var message = EmbeddedApi.CreateMessage(body);
        var parser = new EmbeddedStreamParser(stream);
        await stream.SendAsync(message, (lines, token) => NdjsonReader.ReadAsync(lines, parser.Parse, token)).ConfigureAwait(false);
        return InferenceReportBuilder.Build(stream);
    }

    private async Task RunIncrementalAsync(IncrementalRequest request, Action<StreamMark>? live, ChannelWriter<InferenceReport> reports,
        CancellationToken cancellation)
    {
        try
        {
            using var watch = new PhaseWatchdog(_clock, request.Limits, Phase.Prefill, cancellation);
            using var exchange = new Exchange(_access) { OnSent = sent => watch.EnterPhase(Phase.Prefill, sent) };
            using var message = EmbeddedApi.CreateMessage(_requests.InferIncrementally(request));
            var parser = new EmbeddedIncrementalParser(request, watch, exchange, live, reports);
            var thrown = await exchange.SendAsync(message, watch, (lines, token) => NdjsonReader.ReadAsync(lines, parser.Parse, token))
                .ConfigureAwait(false);
            if (parser.ReportUnfinished(thrown, cancellation) is { } rest)
                reports.TryWrite(rest);
        }
        finally
        {
            reports.Complete();
        }
    }

    // The version comes first: it announces which extensions the requests may use.
    private async Task<Outcome?> EnsureHandshakeAsync(CancellationToken cancellation)
    {
        if (_capabilities is not null)
            return null;
        (_capabilities, var problem) = await _api.GetCapabilitiesAsync(cancellation).ConfigureAwait(false);
        if (_capabilities is { } capabilities)
            _requests = new EmbeddedRequestBuilder(_setup.Model, _setup.Options, capabilities);
        return problem;
    }

    private static (ModelShape? Shape, string? Problem) ReadShape(JsonResponse show)
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
