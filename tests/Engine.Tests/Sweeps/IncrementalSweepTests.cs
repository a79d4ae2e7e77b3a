using System.Text.Json;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>Plans of other methods than cold against external servers.</summary>
public sealed class IncrementalSweepTests : IDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-passes-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    private async Task<(SweepResult Result, Run? Run)> SweepAsync(string scheme, SweepMethod method, Func<ScriptedRequest, Reply> answer,
        params int[] contexts)
    {
        await using var server = LyingServer.Start(answer);
        var plan = new SweepPlan
        {
            Target = $"{scheme}://{server.Endpoint.Authority}/tiny",
            Contexts = [.. contexts.Select(context => new TokenCount(context))],
            Method = method,
            OutputTokens = 8,
            Warmups = 0,
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        return (result, result.RunId is null ? null : new RunStore(_runs).Read(result.RunId));
    }

    // A llama-server that keeps its prompt cache, and one that reports that it does not.
    private static Func<ScriptedRequest, Reply> Llama(bool keeps)
    {
        var held = 0;
        return request =>
        {
            if (request.Path != "/completion")
                return new LlamaServerScript(new Behaviour()).Answer(request);
            // A cold prompt is sent as text, because the vocabulary is not known; the script counts one token per word and one more.
            var prompt = request.Json.GetProperty("prompt");
            var length = prompt.ValueKind == JsonValueKind.Array ? prompt.GetArrayLength() : prompt.GetString()!.Split(' ').Length + 1;
            var cached = keeps && request.Json.GetProperty("cache_prompt").GetBoolean() ? held : 0;
            held = length;
            return new LlamaServerScript(
                new Behaviour
                {
                    Step = TimeSpan.FromMilliseconds(1),
                    CachedPrompt = cached,
                    ReportedPrefill = TimeSpan.FromMilliseconds(length - cached) / 20
                }).Answer(request);
        };
    }

    private static IEnumerable<string> Shown(Run run) =>
        run.Trials.Select(trial =>
        {
            var prefill = trial.Server.Prefill is { } time ? $"{time.TotalMilliseconds:0} ms" : "without prefill";
            return $"{trial.Method} {trial.ContextTokens} {trial.Outcome.Kind} {prefill}";
        });

    [Fact]
    public async Task RunAsync_AutoOnAServerThatProvesItsCache_PassAndTwoReferees()
    {
        var (result, run) = await SweepAsync("llama-server", SweepMethod.Auto, Llama(keeps: true), 400, 1000, 2000);
        Assert.True(result.Ending == SweepEnding.Completed, string.Join("; ", result.Findings));
        Assert.Equal(
            ["IncrementalDepth 400 completed 20 ms", "IncrementalDepth 1000 completed 50 ms", "IncrementalDepth 2000 completed 100 ms",
                "Cold 400 completed 20 ms",
                "Cold 1000 completed 50 ms"], Shown(run!));
    }

    [Fact]
    public async Task RunAsync_AutoOnAServerWithoutACache_NothingIsClaimedAndColdTrialsTellTheRest()
    {
        var (_, run) = await SweepAsync("llama-server", SweepMethod.Auto, Llama(keeps: false), 400, 1000, 2000);
        Assert.Equal(
            ["IncrementalDepth 400 completed 20 ms", "IncrementalDepth 1000 completed without prefill",
                "IncrementalDepth 2000 completed without prefill",
                "Cold 400 completed 20 ms", "Cold 1000 completed 50 ms", "Cold 2000 completed 100 ms"],
            Shown(run!));
        Assert.Contains(run!.Events, note => note.Message.Contains("cached tokens instead of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_AutoOnAServerThatCannotPass_ColdTrialsAndANoteThatSaysSo()
    {
        var (result, run) = await SweepAsync("ollama", SweepMethod.Auto, new OllamaScript(new Behaviour(), OllamaGeneration.New).Answer,
            40, 90);
        Assert.Equal(["Cold 40 completed", "Cold 90 completed"],
            run!.Trials.Select(trial => $"{trial.Method} {trial.ContextTokens} {trial.Outcome.Kind}").Order());
        Assert.Equal(SweepMethod.Cold, run.Manifest.Plan.Method);
        Assert.Contains(result.Findings, finding => finding is { Subject: "method", StopsTheRun: false });
    }

    [Theory]
    [InlineData("ollama", SweepMethod.IncrementalDepth)]
    [InlineData("ollama", SweepMethod.SyntheticDepth)]
    [InlineData("llama-server", SweepMethod.SyntheticDepth)]
    public async Task RunAsync_MethodThatTheTargetCannot_IsAFindingAndNoRun(string scheme, SweepMethod method)
    {
        var (result, run) = await SweepAsync(scheme, method,
            scheme == "ollama" ? new OllamaScript(new Behaviour(), OllamaGeneration.New).Answer : Llama(keeps: true), 40);
        Assert.Equal(SweepEnding.PreflightFailed, result.Ending);
        Assert.Contains(result.Findings, finding => finding is { Subject: "method", StopsTheRun: true });
        Assert.Null(run);
    }
}
