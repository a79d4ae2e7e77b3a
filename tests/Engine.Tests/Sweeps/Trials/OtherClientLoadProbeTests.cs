using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Sweeps.Trials;

/// <summary>A server's own load is stored with each trial, and load of other clients is a flag.</summary>
public sealed class OtherClientLoadProbeTests : IDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-others-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    [Fact]
    public async Task Sweep_LlamaServerAlone_StoresWhatItTellsAndFlagsNothing()
    {
        var trials = await SweepAsync("llama-server", new LlamaServerScript(new Behaviour()) { Metrics = new ScriptedMetrics() }.Answer);

        Assert.All(TrialReview.Review(trials), view => Assert.False(view.Has<SharedServer>()));
        Assert.Equal(new ServerLoad { RunningBefore = 0, WaitingBefore = 0, PromptTokens = 60, CachedTokens = 0, GeneratedTokens = 8 },
            trials[0].ServerLoad);
    }

    [Fact]
    public async Task Sweep_ConcurrentStreams_AreNotTakenForOthers()
    {
        var trials = await SweepAsync("llama-server", new LlamaServerScript(new Behaviour()) { Metrics = new ScriptedMetrics() }.Answer,
            concurrency: 3);

        Assert.Equal(3, trials.Count);
        Assert.All(trials, trial => Assert.Equal(180, trial.ServerLoad!.PromptTokens));
        Assert.All(TrialReview.Review(trials), view => Assert.False(view.Has<SharedServer>()));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 500)]
    public async Task Sweep_AnotherClientAtWork_IsFlagged(int others, int tokens)
    {
        var metrics = new ScriptedMetrics { Others = others, OthersTokens = tokens };
        foreach (var (protocol, answer) in new (string, Func<ScriptedRequest, Reply>)[]
        {
            ("llama-server", new LlamaServerScript(new Behaviour()) { Metrics = metrics }.Answer),
            ("openai", new OpenAiScript(new Behaviour()) { Metrics = metrics }.Answer),
        })
        {
            var trials = await SweepAsync(protocol, answer);
            Assert.All(TrialReview.Review(trials), view => Assert.True(view.Has<SharedServer>(), protocol));
            Assert.All(trials, trial => Assert.Equal(others, trial.ServerLoad!.RunningBefore));
        }
    }

    [Fact]
    public async Task Sweep_SpeculationThatOnlyTheMetricsTell_IsASpeculativeTrial()
    {
        var script = new OpenAiScript(new Behaviour { Draft = (6, 3) }) { Metrics = new ScriptedMetrics() };

        var trial = Assert.Single(await SweepAsync("openai", script.Answer));

        Assert.Equal((6, 3, TrialFlags.Speculative), (trial.DraftTokens, trial.AcceptedDraftTokens, trial.Flags));
        var plain = new OpenAiScript(new Behaviour()) { Metrics = new ScriptedMetrics() };
        Assert.Null(Assert.Single(await SweepAsync("openai", plain.Answer)).DraftTokens);
    }

    [Fact]
    public async Task Sweep_ConcurrentStreamsWithSpeculationThatOnlyTheMetricsTell_AreSpeculativeWithoutCounts()
    {
        var script = new OpenAiScript(new Behaviour { Draft = (6, 3) }) { Metrics = new ScriptedMetrics() };

        var trials = await SweepAsync("openai", script.Answer, concurrency: 2);

        Assert.Equal(2, trials.Count);
        Assert.All(trials, trial => Assert.Equal((null, TrialFlags.Speculative | TrialFlags.Concurrent), (trial.DraftTokens, trial.Flags)));
    }

    [Fact]
    public async Task Sweep_CacheThatOnlyTheMetricsTell_IsACacheHit()
    {
        var script = new OpenAiScript(new Behaviour { CachedPrompt = 48 }) { Metrics = new ScriptedMetrics(), TellsCached = false };

        var trial = Assert.Single(await SweepAsync("openai", script.Answer));

        Assert.Equal(48, trial.CachedPromptTokens);
        Assert.True(TrialReview.Review(trial).Has<CacheHit>());
        Assert.Equal(0.25, trial.ServerLoad!.KvUsageAfter);
    }

    [Fact]
    public async Task Sweep_ServersThatTellLess_AreAskedOnceAndNothingIsInvented()
    {
        foreach (var (protocol, answer, expected) in new (string, Func<ScriptedRequest, Reply>, ServerLoad?)[]
        {
            ("llama-server", new LlamaServerScript(new Behaviour()).Answer, new ServerLoad { RunningBefore = 0 }),
            ("llama-server", new LlamaServerScript(new Behaviour()) { HidesSlots = true }.Answer, null),
            ("openai", new OpenAiScript(new Behaviour()) { Owner = "someone" }.Answer, null),
            ("ollama", new OllamaScript(new Behaviour(), OllamaGeneration.New).Answer, null),
        })
        {
            var asked = 0;
            var trials = await SweepAsync(protocol, request =>
            {
                asked += request.Path == "/metrics" ? 1 : 0;
                return answer(request);
            }, repetitions: 3);
            Assert.All(trials, trial => Assert.Equal(expected, trial.ServerLoad));
            Assert.InRange(asked, 0, 1);
        }
    }

    [Fact]
    public async Task Sweep_MetricsThatAreGarbage_CostNoTrial()
    {
        var noise = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"\u0001{i} vllm: {{ NaN\n"));
        var trials = await SweepAsync("llama-server",
            new LlamaServerScript(new Behaviour()) { Metrics = new ScriptedMetrics { Noise = noise } }.Answer);

        Assert.All(trials, trial => Assert.True(trial.Outcome.IsCompleted));
        Assert.Equal(8, trials[0].ServerLoad!.GeneratedTokens);
    }

    [Fact]
    public void Between_CounterThatBeganAnew_IsAbsent()
    {
        var load = OtherClientLoadProbe.ComputeLoad(new ServerState { PromptTokens = 1000, GeneratedTokens = 5 },
            new ServerState { PromptTokens = 10, GeneratedTokens = 9 });

        Assert.Null(load.PromptTokens);
        Assert.Equal(4, load.GeneratedTokens);
        Assert.False(OtherClients.HaveWork(load, promptTokens: null, outputTokens: null, ReviewRules.Default.Trials));
        Assert.False(
            OtherClients.HaveWork(OtherClientLoadProbe.ComputeLoad(new ServerState(), null), 10, 10, ReviewRules.Default.Trials));
    }

    private async Task<IReadOnlyList<Trial>> SweepAsync(string protocol, Func<ScriptedRequest, Reply> answer, int concurrency = 1,
        int repetitions = 1)
    {
        await using var server = LyingServer.Start(answer);
        var plan = new SweepPlan
        {
            Target = $"{protocol}://{server.Endpoint.Authority}/tiny",
            Contexts = [new TokenCount(60)],
            OutputTokens = 8,
            Warmups = 0,
            Repetitions = repetitions,
            Concurrency = [concurrency],
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        var run = new RunStore(_runs).Read(result.RunId!);
        Assert.Empty(run.ReadWarnings);
        return run.Trials;
    }
}
