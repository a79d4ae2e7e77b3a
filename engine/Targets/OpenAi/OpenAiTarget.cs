using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>
/// A model at a server with the OpenAI protocol (vLLM, LM Studio, aiDAPTIV, llama.cpp, and others). What such a server does not report is
/// absent, and the client's clock is then the only source.
/// </summary>
internal sealed class OpenAiTarget : ITarget
{
    private const int MaxRequestForms = 4;
    private readonly TargetSetup _setup;
    private readonly HttpAccess _access;
    private readonly RunClock _clock;
    private readonly OpenAiRequestBuilder _requests = new();
    private readonly ServerIdentityCheck _identityCheck = new();
    private OpenAiServer? _server;
    private bool _isModelLoaded;
    private volatile bool _hasTokenizeEndpoint;
    private volatile bool _isStateUnavailable;

    /// <summary>Creates the target; sends nothing. The endpoint is the address before <c>/v1</c>.</summary>
    /// <exception cref="ArgumentException">The endpoint contains a user name or means plain http to another machine.</exception>
    public OpenAiTarget(TargetSetup setup, RunClock clock)
    {
        (_setup, _clock) = (setup, clock);
        _access = new HttpAccess(setup.Endpoint, setup.Connection, clock);
    }

    /// <inheritdoc/>
    public async Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        var (server, problem) = await OpenAiServer.HandshakeAsync(_access, _setup.Model, cancellation).ConfigureAwait(false);
        _server = problem is null ? server : null;
        if (server is null)
            return new(null, problem);
        _identityCheck.Check(server.Identity);
        var (shape, _, fileProblem) = ReadGguf();
        return new(
            new TargetFacts
            {
                Kind = TargetKind.OpenAi,
                Endpoint = _access.Endpoint.GetLeftPart(UriPartial.Path),
                ServerVersion = server.Version,
                Model = _access.Sanitize(server.Model ?? _setup.Model, 200),
                Shape = shape,
                MaxContextTokens = server.WindowTokens,
                ReportsPromptCount = true,
                CanIgnoreEos = _requests.IgnoresEos(server),
                CanDisableCache = server.Kind == OpenAiServerKind.LlamaCpp,
                TakesTokenIds = _requests.TakesTokenIds(server),
                Details = fileProblem is null
                    ? server.Details
                    : new Dictionary<string, string>(server.Details) { ["shape"] = fileProblem },
            },
            problem);
    }

    /// <inheritdoc/>
    /// <remarks>The protocol does not report it; a GGUF file that the user named contains it.</remarks>
    public Task<Vocabulary?> GetVocabularyAsync(CancellationToken cancellation) => Task.FromResult(ReadGguf().Vocabulary);

    /// <inheritdoc/>
    public bool CountRunsPrefill => !_hasTokenizeEndpoint;

    /// <inheritdoc/>
    /// <remarks>Uses <c>/tokenize</c> where the server has it. Otherwise it generates one token; the <c>usage</c> of that answer counts the
    /// prompt including the chat template.</remarks>
    public async Task<TokenCountResult> CountTokensAsync(string prompt, CancellationToken cancellation)
    {
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(null, problem);
        var count = _requests.UsesChat
            ? null
            : await OpenAiTokenizer.CountAsync(_access, _server!, prompt, cancellation).ConfigureAwait(false);
        _hasTokenizeEndpoint = count is not null;
        if (count is not null)
            return new(count, null);
        var request = new InferenceRequest(new Prompt { Kind = PromptKind.Words, Text = prompt, TokenCount = 0, Nonce = "" }, 0, 1,
            PromptComputation.GetLimits(_setup.Limits));
        var counted = TokenCountResult.FromReport(await SendAsync(request, null, cancellation).ConfigureAwait(false));
        return counted is { Tokens: null, Problem: null } ? new(null, new Refused(null, MissingCounts.NoUsage)) : counted;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The protocol has no load. One short request makes servers load a model that they load on first use. It also finds the path and the
    /// fields that the server accepts, so that no timed request is refused for them.
    /// </remarks>
    public async Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation)
    {
        var started = _clock.Now;
        if (await HandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new(started, null, problem, null);
        started = _clock.Now;
        if (!_isModelLoaded)
        {
            var limits = new PhaseLimits { Prefill = _setup.Limits.Load };
            var request = new InferenceRequest(new Prompt { Kind = PromptKind.Words, Text = "One two three", TokenCount = 0, Nonce = "" },
                0, 2, limits);
            var report = await SendAsync(request, null, cancellation).ConfigureAwait(false);
            if (report.Outcome is not Completed)
                return new(started, null, report.Outcome is TimedOut ? new TimedOut(Phase.Load, _setup.Limits.Load) : report.Outcome,
                    null)
                { Notes = _requests.Notes };
            _isModelLoaded = true;
        }
        var window = _server!.WindowTokens;
        return new(started, null, new Completed(), window)
        {
            Notes = window < windowTokens
                ? [.. _requests.Notes,
                    FormattableString.Invariant(
                        $"the window is {window} tokens instead of {windowTokens}; the server sets it when it starts")]
                : _requests.Notes,
        };
    }

    /// <inheritdoc/>
    /// <remarks>Uses <c>/metrics</c> of vLLM and llama.cpp's server; a server without it is asked only once.</remarks>
    public async Task<ServerState?> GetServerStateAsync(CancellationToken cancellation)
    {
        if (_isStateUnavailable)
            return null;
        var (state, isExposed) = await ServerMetrics.FetchAsync(_access, cancellation).ConfigureAwait(false);
        _isStateUnavailable = !isExposed;
        return state;
    }

    /// <inheritdoc/>
    public async Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.OutputTokens, 2, nameof(request));
        if (await EnsureHandshakeAsync(cancellation).ConfigureAwait(false) is { } problem)
            return new InferenceReport { Outcome = problem, Client = new(), Marks = [] };
        var report = await SendAsync(request, live, cancellation).ConfigureAwait(false);
        // After a failure the server may have restarted without its model, or may still compute the aborted answer. The short request of
        // the next load loads the model again and waits for that computation.
        _isModelLoaded &= report.Outcome is Completed or Refused;
        return report with
        {
            GivenWindowTokens = _server!.WindowTokens,
            Notes = [.. _requests.Notes, .. MissingCounts.Describe(_server, report)],
        };
    }

    /// <summary>Does nothing: the server keeps no state of this target.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<InferenceReport> SendAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        for (var form = 1; ; form++)
        {
            var stream = new OpenAiStreamParser(_access);
            var inference = new SseInference
            {
                Access = _access,
                Path = _requests.Path,
                Body = _requests.CreateBody(_server!, request),
                Request = request,
                Live = live,
                Parse = stream.Parse,
                Finish = stream.Finish,
            };
            var (report, status, text) = await inference.RunAsync(cancellation).ConfigureAwait(false);
            if (form == MaxRequestForms || report.Outcome is Completed || text is null
                || !_requests.TryAdapt(_server!, request, status, text))
                return report;
        }
    }

    private async Task<Outcome?> EnsureHandshakeAsync(CancellationToken cancellation) =>
        _server is null ? await HandshakeAsync(cancellation).ConfigureAwait(false) : null;

    // Runs before each trial, because the server may have been restarted with another model or window.
    private async Task<Outcome?> HandshakeAsync(CancellationToken cancellation)
    {
        var (server, problem) = await OpenAiServer.HandshakeAsync(_access, _setup.Model, cancellation).ConfigureAwait(false);
        // A server that temporarily refuses to list its models still counts as the same server.
        if (problem is Refused { Status: not null } && _server is not null)
            return null;
        if (problem is null)
            _server = server;
        return problem ?? _identityCheck.Check(server!.Identity);
    }

    private (ModelShape? Shape, Vocabulary? Vocabulary, string? Problem) ReadGguf()
    {
        if (_setup.GgufPath is null)
            return default;
        try
        {
            var metadata = GenerativeModel.ReadFile(_setup.GgufPath);
            return (ModelShapeReader.Read(metadata), VocabularyReader.Read(metadata), null);
        }
        catch (Exception exception) when (exception is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return (null, null, _access.Sanitize($"{_setup.GgufPath}: {exception.Message}"));
        }
    }
}
