using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Models.Synthetic;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>Whole sweeps against external servers: from the address to the stored run.</summary>
public sealed class SweeperTests : IDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-sweeps-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    public static TheoryData<string> Protocols => ["ollama-old", "ollama-new", "openai", "llama-server"];

    private static Func<ScriptedRequest, Reply> Server(string protocol, Behaviour behaviour) => protocol switch
    {
        "ollama-old" => new OllamaScript(behaviour, OllamaGeneration.Old).Answer,
        "ollama-new" => new OllamaScript(behaviour, OllamaGeneration.New).Answer,
        "openai" => new OpenAiScript(behaviour).Answer,
        _ => new LlamaServerScript(behaviour).Answer,
    };

    private async Task<(SweepResult Result, Run? Run)> SweepAsync(string protocol, Func<ScriptedRequest, Reply> answer,
        params int[] contexts)
    {
        await using var server = LyingServer.Start(answer);
        var plan = new SweepPlan
        {
            Target =
                $"{protocol.Split('-')[0] switch { "llama" => "llama-server", var scheme => scheme }}://{server.Endpoint.Authority}/tiny",
            Contexts = [.. contexts.Select(context => new TokenCount(context))],
            OutputTokens = 8,
            Warmups = 0,
            Order = TrialOrder.AsGiven,
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        return (result, result.RunId is null ? null : new RunStore(_runs).Read(result.RunId));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task RunAsync_TrueServer_EveryTrialCompletesWithTheCountAskedFor(string protocol)
    {
        var (result, run) = await SweepAsync(protocol, Server(protocol, new Behaviour { Prefill = TimeSpan.FromMilliseconds(20) }), 40, 90);

        Assert.True(result.Ending == SweepEnding.Completed,
            string.Join("; ", result.Findings)
                + string.Join("; ", run?.Trials.Select(trial => $"{trial.Outcome.Kind} {trial.Outcome.Detail}") ?? []));
        Assert.Equal([40, 90], run!.Trials.Select(trial => trial.CountedPromptTokens!.Value));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task RunAsync_ServerThatFailsOnLongPrompts_TheSweepGoesOnAndKeepsBoth(string protocol)
    {
        var good = Server(protocol, new Behaviour());
        var bad = Server(protocol, new Behaviour { Ending = Ending.Reset, Tokens = 3 });
        // A long request body contains a long prompt.
        var (result, run) = await SweepAsync(protocol,
            request => request.Body.Length > 1500 && request.Path is not ("/tokenize" or "/api/show") && HasOutput(request)
                ? bad(request)
                : good(request), 40, 400, 50);

        Assert.True(result.Ending == SweepEnding.SomeTrialsFailed, string.Join("; ", result.Findings));
        Assert.Equal(["completed", "target_died", "completed"], run!.Trials.Select(trial => trial.Outcome.Kind));
        Assert.Null(run.Trials[1].Server.Generation);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task RunAsync_ServerThatDiesAndIsStartedAgain_IsWaitedFor(string protocol)
    {
        var script = Server(protocol, new Behaviour());
        var back = DateTimeOffset.MinValue;
        var (_, run) = await SweepAsync(protocol, request =>
        {
            var now = TimeProvider.System.GetUtcNow();
            if (request.Body.Length > 1500 && back == DateTimeOffset.MinValue && HasOutput(request))
                back = now.AddSeconds(1);
            return now < back ? Reply.Nothing().Reset() : script(request);
        }, 40, 400, 50);

        Assert.Equal(["completed", "target_died", "completed"], run!.Trials.Select(trial => trial.Outcome.Kind));
        Assert.True(run.Trials[2].Flags.HasFlag(TrialFlags.AfterRestart));
    }

    [Fact]
    public async Task RestartIfNeededAsync_ServerThatStaysAway_IsWaitedForOnce()
    {
        var endpoint = new Uri("http://127.0.0.1:1/");
        var clock = RunClock.Start();
        await using var session = new ExternalSession(new OpenAiTarget(new TargetSetup { Endpoint = endpoint, Model = "m" }, clock),
            endpoint, new SweepSettings { RunsDirectory = "unused" }, clock)
        { RestartTimeout = TimeSpan.FromMilliseconds(700) };
        Assert.Null(await session.RestartIfNeededAsync(CancellationToken.None));
        var began = clock.Now;
        await session.RefineOutcomeAsync(new TargetDied("gone"));
        Assert.Equal(new TargetDied("unreachable, waited 0.7 s: no server answers at http://127.0.0.1:1"),
            (await session.RestartIfNeededAsync(CancellationToken.None))!.Problem);
        Assert.True(clock.Now.Since(began) >= session.RestartTimeout);
        await session.RefineOutcomeAsync(new TargetDied("gone"));
        Assert.Equal(new TargetDied("unreachable, an earlier trial waited 0.7 s: no server answers at http://127.0.0.1:1"),
            (await session.RestartIfNeededAsync(CancellationToken.None))!.Problem);
    }

    [LongFact]
    public async Task RestartIfNeededAsync_WaitThatTimedOut_IsFollowedByOneProbe()
    {
        var asked = 0;
        await using var server = LyingServer.Start(_ =>
        {
            Interlocked.Increment(ref asked);
            return Reply.Nothing().Reset();
        });
        var clock = RunClock.Start();
        await using var session = new ExternalSession(
            new OpenAiTarget(new TargetSetup { Endpoint = server.Endpoint, Model = "m" }, clock), server.Endpoint,
            new SweepSettings { RunsDirectory = "unused" }, clock)
        { RestartTimeout = TimeSpan.FromMilliseconds(100) };
        async Task<int> CountAsync(Func<Task> ask)
        {
            var before = asked;
            await ask();
            return asked - before;
        }
        Task WaitAsync() => session.RestartIfNeededAsync(CancellationToken.None);
        var ofOneProbe = await CountAsync(() => session.Target.ProbeAsync(CancellationToken.None));
        await session.RefineOutcomeAsync(new TargetDied("gone"));

        Assert.True(await CountAsync(WaitAsync) >= 2 * ofOneProbe);
        Assert.Equal(ofOneProbe, await CountAsync(WaitAsync));
    }

    [Fact]
    public async Task RunAsync_ServerThatCountsOnlyByComputing_SeesNoPromptBeforeItsTrial()
    {
        // Like LM Studio and most others: no /tokenize, a prefix cache that is not reported, and chat only.
        var script = new OpenAiScript(new Behaviour { ChatOnly = true, Step = TimeSpan.FromMilliseconds(1) }) { Owner = "somebody" };
        var seen = new List<(string Text, bool IsTrial)>();
        var (result, run) = await SweepAsync("openai", request =>
        {
            if (request.Path == "/v1/chat/completions")
                seen.Add((request.Json.GetProperty("messages")[0].GetProperty("content").GetString()!, HasOutput(request)));
            return script.Answer(request);
        }, 60, 200, 70);

        Assert.True(result.Ending == SweepEnding.Completed, string.Join("; ", result.Findings));
        Assert.Equal([60, 200, 70], run!.Trials.Select(trial => trial.CountedPromptTokens!.Value));
        var trials = seen.Select((request, place) => (request.Text, request.IsTrial, place)).Where(request => request.IsTrial).ToList();
        Assert.Equal(3, trials.Count);
        Assert.All(trials, trial =>
        {
            var beginning = string.Join(' ', trial.Text.Split(' ').Take(3));
            Assert.DoesNotContain(seen.Take(trial.place), earlier => earlier.Text.StartsWith(beginning, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task RunAsync_NothingThere_FindingAndNoRun()
    {
        var plan = new SweepPlan { Target = "ollama://localhost:1/tiny", Contexts = [new TokenCount(64)] };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        Assert.Equal(SweepEnding.PreflightFailed, result.Ending);
        Assert.Contains(result.Findings, finding => finding.Subject == "target");
        Assert.Empty(Directory.EnumerateDirectories(_runs));
    }

    // A server that makes one token of each word, as the vocabulary of the file does, and one that makes more.
    [Theory]
    [InlineData(null, 1, PromptForm.Text)]
    [InlineData(PromptForm.Ids, 1, PromptForm.Ids)]
    [InlineData(PromptForm.Text, 1, PromptForm.Text)]
    [InlineData(null, 2, PromptForm.Ids)]
    public async Task RunAsync_PromptForm_IsTextWhereTheServerMakesTheSameTokens(PromptForm? asked, int tokensForWord, PromptForm sent)
    {
        var script = new LlamaServerScript(new Behaviour());
        var prompts = new List<System.Text.Json.JsonValueKind>();
        await using var server = LyingServer.Start(request =>
        {
            if (request.Path == "/tokenize" && tokensForWord > 1)
                return Reply.Json($"{{\"tokens\":[{string.Join(",", Enumerable.Range(0, request.Body.Length))}]}}");
            if (request.Path == "/completion")
                prompts.Add(request.Json.GetProperty("prompt").ValueKind);
            return script.Answer(request);
        });
        var model = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=1,embd=32,heads=2,kv=2,ff=32,vocab=4096,weights=q8_0,ctx=2048,tokenizer=spm"), _runs);
        var plan = new SweepPlan
        {
            Target = $"llama-server://{server.Endpoint.Authority}/tiny",
            Contexts = [new TokenCount(64)],
            OutputTokens = 8,
            Warmups = 0,
            PromptAs = asked,
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings
        {
            RunsDirectory = Path.Combine(_runs, "store"),
            TelemetryInterval = null,
            GgufPath = model,
        }, new SilentObserver(), CancellationToken.None);

        Assert.True(result.Ending == SweepEnding.Completed, string.Join("; ", result.Findings));
        var run = new RunStore(Path.Combine(_runs, "store")).Read(result.RunId!);
        Assert.Equal([sent == PromptForm.Text ? System.Text.Json.JsonValueKind.String : System.Text.Json.JsonValueKind.Array], prompts);
        Assert.Equal((asked, sent, sent), (run.Manifest.Plan.PromptAs, run.Manifest.PromptAs, Assert.Single(run.Trials).PromptAs));
        Assert.Equal(64, run.Trials[0].CountedPromptTokens);
        Assert.InRange(run.Trials[0].Client.TimeToRequestSent!.Value, TimeSpan.Zero, run.Trials[0].Client.TimeToFirstToken!.Value);
    }

    [Fact]
    public async Task RunAsync_TokenIdsForAServerThatTakesNone_IsRefusedBeforeTheRun()
    {
        await using var server = LyingServer.Start(Server("ollama-new", new Behaviour()));
        var plan = new SweepPlan
        {
            Target = $"ollama://{server.Endpoint.Authority}/tiny",
            Contexts = [new TokenCount(64)],
            PromptAs = PromptForm.Ids,
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        Assert.Equal("prompt as: this server takes no token ids; use text",
            Assert.Single(result.Findings, finding => finding.StopsTheRun).ToString());
    }

    // While the target is asked what it is, while prompts are counted, while a trial runs: what the user stops ends as cancelled, not as an
    // error of the target.
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task RunAsync_StoppedAtAnyRequest_EndsAsCancelled(string protocol)
    {
        var (whole, lastTimed) = await StopAsync(protocol, int.MaxValue);
        Assert.Equal(SweepEnding.Completed, whole);

        var places = LongTests.Draws(40);
        var endings = new List<SweepEnding?>();
        for (var place = 0; place < places; place++)
            endings.Add((await StopAsync(protocol, (lastTimed - 1) * place / (places - 1))).Ending);

        Assert.All(endings, ending => Assert.True(ending is null or SweepEnding.Cancelled, string.Join(", ", endings)));
        Assert.Contains(SweepEnding.Cancelled, endings);
    }

    // The ending, which is null where the sweep was stopped before its run began, and which request was that of the last trial.
    private async Task<(SweepEnding? Ending, int LastTimed)> StopAsync(string protocol, int answered)
    {
        var script = Server(protocol, new Behaviour());
        var (seen, lastTimed) = (0, 0);
        using var stop = new CancellationTokenSource();
        await using var server = LyingServer.Start(request =>
        {
            var number = Interlocked.Increment(ref seen);
            lastTimed = HasOutput(request) ? number : lastTimed;
            // What follows is answered again: a target is left as it was found.
            if (number != answered + 1L)
                return script(request);
            stop.Cancel();
            return Reply.Nothing().Hang();
        });
        var scheme = protocol.Split('-')[0] switch { "llama" => "llama-server", var name => name };
        var plan = PlanOpenAi(server, "tiny") with { Target = $"{scheme}://{server.Endpoint.Authority}/tiny" };
        try
        {
            var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
                new SilentObserver(), stop.Token);
            if (result.RunId is { } id)
                _ = new RunStore(_runs).Read(id);
            return (result.Ending, lastTimed);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (null, lastTimed);
        }
    }

    // The last system of a comparison must not be found wrong after the trials of the others.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Systems_OneCannotRun_NoneIsMeasured(bool brokenLast)
    {
        await using var server = LyingServer.Start(Server("openai", new Behaviour()));
        var good = PlanOpenAi(server, "tiny");
        PlannedSystem[] systems =
            [new("good", good), new("bad", PlanOpenAi(server, "nosuch"))];
        var results = await SystemsSweeper.RunAsync(brokenLast ? systems : [.. systems.Reverse()],
            new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null }, _ => new SilentObserver(), CancellationToken.None);

        Assert.All(results, result => Assert.Equal(SweepEnding.PreflightFailed, result.Ending));
        Assert.Contains(results[brokenLast ? 0 : 1].Findings, finding => finding.Subject == "comparison");
        Assert.Empty(Directory.EnumerateDirectories(_runs));
        Assert.DoesNotContain(server.Requests, HasOutput);
    }

    // The one that is right says in the words of its caller why it did not run.
    [Fact]
    public void RefuseAll_OneOfTwoPlansCannotRun_EachHasItsReason()
    {
        var right = new SweepPlan { Target = "embedded:nano", Contexts = [new TokenCount(256)] };
        var wrong = right with { Target = "embedded:nosuch" };
        var settings = new SweepSettings { RunsDirectory = _runs };
        foreach (var reason in new[] { Sweeper.OtherSystemCannotRun, Sweeper.OtherCapCannotRun })
        {
            var results = Sweeper.RefuseAll([right, wrong], settings, reason)!;
            Assert.Equal([SweepEnding.PreflightFailed, SweepEnding.PreflightFailed], results.Select(result => result.Ending));
            Assert.Equal([reason], results[0].Findings);
            Assert.Contains(results[1].Findings, finding => finding.StopsTheRun);
            Assert.DoesNotContain(reason, results[1].Findings);
        }
        Assert.Null(Sweeper.RefuseAll([right, right], settings, Sweeper.OtherSystemCannotRun));
    }

    [Fact]
    public async Task Systems_AllCanRun_AllAreMeasured()
    {
        await using var server = LyingServer.Start(Server("openai", new Behaviour()));
        var plan = PlanOpenAi(server, "tiny");
        var results = await SystemsSweeper.RunAsync([new("one", plan), new("other", plan)],
            new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null }, _ => new SilentObserver(), CancellationToken.None);
        Assert.All(results, result => Assert.Equal(SweepEnding.Completed, result.Ending));
    }

    // In turn each server is stopped until its trials. It is watched when it starts, so its run must not say that it is not.
    [LongFact]
    public async Task Systems_EmbeddedServersInTurn_AreWatchedAndNoNoteDeniesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var plan = new SweepPlan { Target = "embedded:nano", Contexts = [new TokenCount(256)], OutputTokens = 8, Warmups = 0 };
        var results = await SystemsSweeper.RunAsync([new("one", plan), new("other", plan)],
            new SweepSettings { RunsDirectory = _runs }, _ => new SilentObserver(), CancellationToken.None);

        Assert.All(results, result =>
        {
            Assert.True(result.Ending == SweepEnding.Completed, string.Join("; ", result.Findings));
            var run = new RunStore(_runs).Read(result.RunId!);
            Assert.DoesNotContain(run.Events, entry => entry.Message.Contains("not watched", StringComparison.Ordinal));
            Assert.NotEmpty(run.Events);
            var timeline = Assert.Single(run.Telemetry);
            var processes = timeline.Schema.IndexOf("server_processes")!.Value;
            Assert.Contains(timeline.Samples, sample => sample[processes] > 0);
        });
    }

    private static SweepPlan PlanOpenAi(LyingServer server, string model) => new()
    {
        Target = $"openai://{server.Endpoint.Authority}/{model}",
        Contexts = [new TokenCount(64)],
        OutputTokens = 8,
    };

    // Requests that only count or load ask for fewer output tokens; the timed ones ask for 8.
    private static bool HasOutput(ScriptedRequest request) =>
        System.Text.Encoding.UTF8.GetString(request.Body).Contains("\"num_predict\":8", StringComparison.Ordinal)
            || System.Text.Encoding.UTF8.GetString(request.Body).Contains("\"max_tokens\":8", StringComparison.Ordinal)
            || System.Text.Encoding.UTF8.GetString(request.Body).Contains("\"n_predict\":8", StringComparison.Ordinal);
}
