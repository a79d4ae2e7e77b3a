using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Models.Shapes;
using MemoryWall.Prompts;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;

namespace MemoryWall.Sweeps.Serving;

/// <summary>The embedded server while it serves a model to other programs.</summary>
internal sealed class ServedModel : IAsyncDisposable
{
    // Enough tokens for a rate, few enough for a start in seconds where storage limits it, and too few to be kept as a conversation.
    private const int MeasuredPromptTokens = 48;
    private const int MeasuredOutputTokens = 8;
    private const int DefaultWindow = 4096;

    private readonly CappedServerProcess _process;

    private ServedModel(CappedServerProcess process, ServedFacts facts)
    {
        _process = process;
        Facts = facts;
    }

    /// <summary>What is served, where it lies and how fast it was at the start.</summary>
    public ServedFacts Facts { get; }

    /// <summary>Starts the server and loads the model.</summary>
    /// <param name="plan">What is served, and where.</param>
    /// <param name="preparing">Receives a sentence before each step that takes time.</param>
    /// <param name="cancellation">Stops the start.</param>
    /// <exception cref="FormatException">The model cannot be served.</exception>
    /// <exception cref="EmbeddedServerException">The server did not start, or could not load the model.</exception>
    /// <exception cref="CapException">The machine does not permit the cap.</exception>
    public static async Task<ServedModel> StartAsync(ServePlan plan, Action<string> preparing, CancellationToken cancellation)
    {
        var (path, fileName) = await EmbeddedModel.ResolveAsync(plan.Model, preparing, cancellation).ConfigureAwait(false);
        var name = plan.Name ?? fileName;
        var trained = ModelShapeReader.Read(GenerativeModel.ReadFile(path)).TrainedContextTokens;
        var window = plan.WindowTokens ?? Math.Min(DefaultWindow, trained ?? DefaultWindow);
        var options = new EmbeddedServerOptions
        {
            ModelPath = path,
            ModelName = name,
            Serving = new EmbeddedServing(plan.Host, plan.Port, plan.Key, window, plan.Options),
        };
        preparing($"loading {name}");
        var process = await CappedServerProcess.StartAsync(options, plan.Cap, cancellation).ConfigureAwait(false);
        try
        {
            var target = Connect(process.Server, name, plan);
            await using var _ = target.ConfigureAwait(false);
            var load = await target.LoadAsync(window, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (load.Outcome is not Completed)
            {
                var problem = await DescribeAsync(process, load.Outcome).ConfigureAwait(false);
                throw new EmbeddedServerException($"{name} could not be loaded: {problem}");
            }
            preparing($"measuring {name}");
            var rate = await MeasureAsync(target, window, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return new ServedModel(process, new ServedFacts
            {
                Name = name,
                Endpoint = process.Server.Endpoint,
                Load = load,
                WindowTokens = load.WindowTokens ?? window,
                TokensPerSecond = rate,
                Cap = plan.Cap,
            });
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until the server ends by itself.</summary>
    /// <returns>How it ended, as a sentence.</returns>
    public async Task<string> WaitForExitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (await _process.WaitForExitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false) is { } exit)
                return exit.Describe();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static EmbeddedTarget Connect(EmbeddedServer server, string name, ServePlan plan) => new(
        new TargetSetup
        {
            Endpoint = server.Endpoint,
            Model = name,
            Connection = new ConnectionOptions
            {
                ApiKey = plan.Key,
                // The server is this machine's own, whatever address it listens on.
                AllowPlainHttp = true,
            },
            Options = plan.Options,
            Limits = new PhaseLimits(),
        },
        RunClock.Start(TimeProvider.System));

    // The answer of a server that was killed breaks off; how the process ended says more.
    private static async Task<string> DescribeAsync(CappedServerProcess process, Outcome outcome) =>
        outcome is TargetDied && await process.WaitForExitAsync(TimeSpan.FromSeconds(3)).ConfigureAwait(false) is { } exit
            ? exit.Describe()
            : outcome.Detail;

    private static async Task<double?> MeasureAsync(EmbeddedTarget target, int window, CancellationToken cancellation)
    {
        var vocabulary = await target.GetVocabularyAsync(cancellation).ConfigureAwait(false);
        var prompts = await PromptFactory.CreateAsync(vocabulary, null, new PromptSettings { Kind = PromptKind.Words }, cancellation)
            .ConfigureAwait(false);
        var built = await prompts.BuildAsync(MeasuredPromptTokens, 0, cancellation: cancellation).ConfigureAwait(false);
        if (built.Prompt is not { } prompt || window < MeasuredPromptTokens + MeasuredOutputTokens)
            return null;
        var report = await target.InferAsync(
            new InferenceRequest(prompt, window, MeasuredOutputTokens, new PhaseLimits()), null, cancellation)
            .ConfigureAwait(false);
        return report is { Outcome: Completed, OutputTokens: > 1 and var tokens, Server.Generation: { Ticks: > 0 } time }
            ? (tokens - 1) / time.TotalSeconds
            : null;
    }
}
