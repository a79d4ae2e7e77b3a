using System.Net.Http.Headers;
using System.Text.Json;
using MemoryWall.Facts;
using MemoryWall.Models;
using MemoryWall.Targets.Http;
using MemoryWall.Time;
using OllamaSharp;

namespace MemoryWall.Targets.Ollama;

/// <summary>A server that speaks the Ollama protocol: Ollama itself, or the embedded default with its dialect.</summary>
public sealed class OllamaTarget : ITarget
{
    // A vocabulary of 250,000 entries with its merges takes some 30 MB of JSON.
    private const long MostAnswerBytes = 512L << 20;
    private static readonly TimeSpan AskLimit = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http;
    private readonly OllamaApiClient _client;
    private readonly RunClock _clock;
    private readonly string _model;
    private readonly TargetOptions _options;
    private readonly string _kind;
    private OllamaRequests _requests;
    private int _countWindow;

    /// <summary>Makes a client; nothing is asked yet.</summary>
    /// <param name="endpoint">Where the server answers.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="options">Settings of the target.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="secret">Sent as a bearer token with every request; null for none.</param>
    /// <param name="isEmbedded">Whether the server is our own child.</param>
    public OllamaTarget(Uri endpoint, string model, TargetOptions options, RunClock clock, string? secret = null, bool isEmbedded = false)
    {
        _http = new HttpClient(Connections.Create()) { BaseAddress = endpoint, Timeout = Timeout.InfiniteTimeSpan };
        if (secret is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(Dialect.SecretScheme, secret);
        _client = new OllamaApiClient(_http, model);
        (_clock, _model, _options, _kind) = (clock, model, options, isEmbedded ? "embedded" : "ollama");
        _requests = new OllamaRequests(_client, model, options, new HashSet<string>());
    }

    /// <inheritdoc/>
    public async Task<TargetProbe> ProbeAsync(CancellationToken cancellation)
    {
        var version = await AskAsync(HttpMethod.Get, "api/version", null, cancellation).ConfigureAwait(false);
        if (version.Problem is { } unreachable)
            return new TargetProbe(null, unreachable);
        var ours = Json.Object(version.Root, Dialect.Field);
        var dialect = Json.Texts(ours, "extensions").ToHashSet(StringComparer.Ordinal);
        _requests = new OllamaRequests(_client, _model, _options, dialect);
        var show = await ShowAsync(verbose: true, cancellation).ConfigureAwait(false);
        if (show.Problem is { } unknown)
            return new TargetProbe(null, unknown);
        var shape = Read(show.Root, ModelShapeReader.Read);
        return new TargetProbe(new TargetFacts
        {
            Kind = _kind,
            Endpoint = _http.BaseAddress!.GetLeftPart(UriPartial.Authority),
            ServerVersion = Json.Text(version.Root, "version"),
            Model = _model,
            Shape = shape,
            MaxContextTokens = shape?.TrainedContextTokens,
            ReportsPromptCount = true,
            ReportsCachedCount = dialect.Contains(Dialect.Report),
            CanIgnoreEos = dialect.Contains(Dialect.IgnoreEos),
            CanDisableCache = dialect.Contains(Dialect.NoPromptCache),
            TakesTokenIds = dialect.Contains(Dialect.TokenIds),
            Details = Json.AllTexts(Json.Object(ours, "details")),
        }, Problem: null);
    }

    /// <inheritdoc/>
    public async Task<Vocabulary?> VocabularyAsync(CancellationToken cancellation)
    {
        var show = await ShowAsync(verbose: true, cancellation).ConfigureAwait(false);
        return Read(show.Root, VocabularyReader.Read);
    }

    /// <inheritdoc/>
    /// <remarks>There is no endpoint that counts: the whole prompt is computed, with one token of answer.</remarks>
    public async Task<int?> CountAsync(string prompt, CancellationToken cancellation)
    {
        // A window for any prompt of this length, kept while it does: each change of window loads the model again.
        _countWindow = Math.Max(_countWindow, (prompt.Length + 2048) / 2048 * 2048);
        var answer = await AskAsync(HttpMethod.Post, "api/generate", _requests.Count(prompt, _countWindow), cancellation).ConfigureAwait(false);
        return answer.Problem is null && Json.Flag(answer.Root, "done") == true ? Json.Count(answer.Root, "prompt_eval_count") : null;
    }

    /// <inheritdoc/>
    public async Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation)
    {
        var started = _clock.Now;
        var answer = await AskAsync(HttpMethod.Post, "api/generate", _requests.Load(windowTokens), cancellation, limited: false).ConfigureAwait(false);
        var took = _clock.Now.Since(started);
        if (answer.Problem is { } problem)
            return new LoadReport(started, null, problem, null);
        var frame = OllamaFrame.Read(answer.Root!.Value);
        if (frame.Error is { } error)
            return new LoadReport(started, null, OllamaFailure.OfLine(error), null);
        if (frame.Report is { } report)
            return new LoadReport(started, took, new Completed(), report.WindowTokens)
            {
                KvBytes = report.KvBytes,
                ComputeBytes = report.ComputeBytes,
                ResidentBytes = report.WeightBytes + report.KvBytes + report.ComputeBytes,
            };
        return await WithRunningAsync(new LoadReport(started, took, new Completed(), null), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation)
    {
        using var message = Message(HttpMethod.Post, "api/generate", _requests.Generate(request));
        using var timer = new PhaseTimer(request.Limits, cancellation);
        var sent = _clock.Now;
        var stream = new OllamaStream(sent, live);
        try
        {
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, timer.Token).ConfigureAwait(false);
            stream.Headers = _clock.Now;
            if (!response.IsSuccessStatusCode)
            {
                var words = await Answer.BeginningAsync(response.Content, timer.Token).ConfigureAwait(false);
                return stream.Report(_clock.Now, OllamaFailure.OfStatus((int)response.StatusCode, words));
            }
            using var body = await response.Content.ReadAsStreamAsync(timer.Token).ConfigureAwait(false);
            var arrivals = ArrivalStream.Start(body, _clock, timer.Token);
            await using (arrivals.ConfigureAwait(false))
            {
                while (await arrivals.Lines.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
                    while (arrivals.Lines.TryRead(out var line))
                        if (stream.Take(line))
                            timer.ContentArrived();
                return stream.Report(_clock.Now, interruption: null);
            }
        }
        catch (OperationCanceledException)
        {
            return stream.Report(_clock.Now, timer.Why());
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            return stream.Report(_clock.Now, TransportFailure.Of(error));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    // The context that the server says it has: above the model's own it is capped without a word.
    private async Task<LoadReport> WithRunningAsync(LoadReport load, CancellationToken cancellation)
    {
        var running = await AskAsync(HttpMethod.Get, "api/ps", null, cancellation).ConfigureAwait(false);
        foreach (var entry in Json.Objects(running.Root, "models"))
            if (Json.Text(entry, "name") is { } name && (name == _model || name == _model + ":latest" || name + ":latest" == _model))
                return load with
                {
                    WindowTokens = Json.Count(entry, "context_length"),
                    ResidentBytes = Json.Long(entry, "size"),
                    AcceleratorBytes = Json.Long(entry, "size_vram"),
                };
        return load;
    }

    private Task<(JsonElement? Root, Outcome? Problem)> ShowAsync(bool verbose, CancellationToken cancellation) =>
        AskAsync(HttpMethod.Post, "api/show", JsonSerializer.SerializeToUtf8Bytes(new { model = _model, verbose }), cancellation);

    // A server may tell less than is needed, or something that cannot be; then it is not known.
    private static T? Read<T>(JsonElement? show, Func<ModelMetadata, T?> read) where T : class
    {
        try
        {
            return show is { } answer ? read(ModelMetadata.FromShow(answer)) : null;
        }
        catch (ModelFormatException)
        {
            return null;
        }
    }

    private async Task<(JsonElement? Root, Outcome? Problem)> AskAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellation, bool limited = true)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (limited)
            limit.CancelAfter(AskLimit);
        try
        {
            using var message = Message(method, path, body);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                return (null, OllamaFailure.OfStatus((int)response.StatusCode, await Answer.BeginningAsync(response.Content, limit.Token).ConfigureAwait(false)));
            var bytes = await Answer.WholeAsync(response.Content, MostAnswerBytes, limit.Token).ConfigureAwait(false);
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (document.RootElement.Clone(), null)
                : (null, new ProtocolBroken($"/{path} answered with something else than a JSON object"));
        }
        catch (JsonException)
        {
            return (null, new ProtocolBroken($"/{path} answered with something else than JSON"));
        }
        catch (OperationCanceledException)
        {
            return (null, cancellation.IsCancellationRequested ? new Cancelled() : new TimedOut(Phase.Load, AskLimit));
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            return (null, TransportFailure.Of(error));
        }
    }

    private static HttpRequestMessage Message(HttpMethod method, string path, byte[]? body)
    {
        var message = new HttpRequestMessage(method, path);
        if (body is not null)
            message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return message;
    }
}
