using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>Sweeps that use the prompt cache on purpose.</summary>
public sealed class WarmPrefixTests : IDisposable
{
    private static readonly Behaviour s_slow = new() { Prefill = TimeSpan.FromMilliseconds(5), Step = TimeSpan.FromMilliseconds(5) };
    private static readonly int[] s_contexts = [90, 40, 60];
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-warm-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    public static TheoryData<string> Caching => ["ollama", "llama-server"];

    [Theory]
    [MemberData(nameof(Caching))]
    public async Task RunAsync_CacheOfOneSlot_EveryRowFindsItsWholePromptWhateverCameBefore(string scheme)
    {
        var trials = await SweepAsync(scheme, scheme == "ollama"
            ? new OllamaScript(new Behaviour(), OllamaGeneration.Newest) { Cache = new ScriptedCache() }.Answer
            : new LlamaServerScript(new Behaviour()) { Cache = new ScriptedCache() }.Answer);

        Assert.Equal(6, trials.Count);
        Assert.All(trials, trial =>
        {
            Assert.IsType<Completed>(trial.Outcome);
            Assert.True(trial.Flags.HasFlag(TrialFlags.WarmPrefix));
            Assert.InRange(trial.CachedPromptTokens!.Value, trial.ContextTokens - 2, trial.ContextTokens - 1);
            // One window for all: another one would be another load, which empties the cache.
            Assert.Equal(90 + 8 + 16, trial.WindowTokens);
        });
        Assert.All(TrialReview.Review(trials), view => Assert.Matches("^warm prefix 9[5-9]%", DoubtPhrases.Labels(view)));
    }

    // The answer of a fill request is measured nowhere.
    [Fact]
    public async Task RunAsync_FillRequests_GenerateTwoTokens()
    {
        var script = new OllamaScript(new Behaviour(), OllamaGeneration.Newest) { Cache = new ScriptedCache() };
        var asked = new System.Collections.Concurrent.ConcurrentQueue<int>();
        var trials = await SweepAsync("ollama", request =>
        {
            if (request.Path == "/api/generate" && HasOutput(request))
                asked.Enqueue(request.Json.GetProperty("options").GetProperty("num_predict").GetInt32());
            return script.Answer(request);
        }, 90);

        Assert.Equal([2, 8, 2, 8], asked);
        Assert.All(trials, trial => Assert.Equal((8, 89), (trial.OutputTokens, trial.CachedPromptTokens)));
    }

    [Fact]
    public async Task RunAsync_CacheThatStaysEmpty_NoRowIsCalledWarm()
    {
        var trials = await SweepAsync("ollama", new OllamaScript(s_slow, OllamaGeneration.Newest).Answer);

        Assert.All(trials, trial => Assert.Equal((0, TrialFlags.None), (trial.CachedPromptTokens, trial.Flags)));
        Assert.All(TrialReview.Review(trials), view => Assert.DoesNotContain("warm", DoubtPhrases.Labels(view)));
    }

    [Fact]
    public async Task RunAsync_CacheThatIsNotTold_HasNoShare()
    {
        var trials = await SweepAsync("ollama", new OllamaScript(s_slow, OllamaGeneration.New).Answer);

        Assert.All(TrialReview.Review(trials), view => Assert.Matches("^warm prefix($|,)", DoubtPhrases.Labels(view)));
    }

    [Fact]
    public async Task RunAsync_ServerThatDiesAtTheFillRequest_IsTheOutcomeOfTheTrial()
    {
        var good = new OllamaScript(new Behaviour(), OllamaGeneration.Newest);
        var bad = new OllamaScript(new Behaviour { Ending = Ending.Error }, OllamaGeneration.Newest);
        var trials = await SweepAsync("ollama", request =>
            request.Path == "/api/generate" && HasOutput(request) ? bad.Answer(request) : good.Answer(request), 90);

        Assert.All(trials, trial => Assert.Equal(("target_died", null), (trial.Outcome.Kind, trial.Client.Sent)));
    }

    // A count asks for one token, and a load for none.
    private static bool HasOutput(ScriptedRequest request) =>
        request.Json.GetProperty("options").TryGetProperty("num_predict", out var tokens) && tokens.GetInt32() > 1;

    private async Task<IReadOnlyList<Trial>> SweepAsync(string scheme, Func<ScriptedRequest, Reply> answer, params int[] contexts)
    {
        await using var server = LyingServer.Start(answer);
        var plan = new SweepPlan
        {
            Target = $"{scheme}://{server.Endpoint.Authority}/tiny",
            Contexts = [.. (contexts.Length > 0 ? contexts : s_contexts).Select(context => new TokenCount(context))],
            OutputTokens = 8,
            Repetitions = 2,
            Warmups = 0,
            Order = TrialOrder.AsGiven,
            WarmPrefix = true,
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        return new RunStore(_runs).Read(result.RunId).Trials;
    }
}
