using System.Collections.Concurrent;
using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Prompts;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>Conversations of several users against scripted servers.</summary>
public sealed class SessionSweepTests : IDisposable
{
    private const int Answer = 8;

    private static readonly SessionPlan s_turns = new() { Users = [2], Turns = 3, FirstTokens = 64, GrowTokens = 32 };

    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-sessions-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    [Fact]
    public async Task RunAsync_Vllm_EachTurnSendsAllBeforeItAndTheAnswer()
    {
        var prompts = new ConcurrentQueue<string>();
        var script = new OpenAiScript(new Behaviour()) { Cache = new ScriptedCache() };
        var run = await RunAsync("openai", request => Keep(request, prompts, script.Answer), s_turns with { SharedPrefixTokens = 24 });

        Assert.All(run.Trials, trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
        var turns = run.Trials.Where(trial => trial.Session is not null).ToList();
        Assert.Equal([(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)], turns.Select(trial => (trial.Session!.User, trial.Session.Turn)));
        Assert.Equal([64, 64, 104, 104, 144, 144], turns.Select(trial => trial.ContextTokens));
        Assert.Equal(turns.Select(trial => (int?)trial.ContextTokens), turns.Select(trial => trial.CountedPromptTokens));
        Assert.Equal([0, 24, 71, 71, 111, 111], turns.Select(trial => trial.Session!.KnownTokens));
        Assert.All(turns, trial => Assert.Equal(SweepMethod.Session, trial.Method));
        Assert.All(turns, trial => Assert.False(trial.Flags.HasFlag(TrialFlags.Concurrent)));
        Assert.All(turns, trial => Assert.Equal(64, trial.Session!.AnswerSha256!.Length));
        var sent = prompts.Where(prompt => prompt.Split(' ').Length > 20).TakeLast(6).ToList();
        var answer = string.Concat(Enumerable.Repeat(" word", Answer));
        for (var place = 2; place < sent.Count; place++)
            Assert.StartsWith(sent[place - 2] + answer + " ", sent[place], StringComparison.Ordinal);
        // 24 tokens with BOS are 23 words, which all conversations begin with; no more.
        var words = sent.Take(2).Select(prompt => prompt.Split(' ')).ToList();
        Assert.Equal(23, words[0].Zip(words[1]).TakeWhile(pair => pair.First == pair.Second).Count());
    }

    [Fact]
    public async Task RunAsync_OneUser_ReusesWhatItHadAndTheReviewKnowsIt()
    {
        var script = new LlamaServerScript(new Behaviour()) { Cache = new ScriptedCache() };
        var run = await RunAsync("llama-server", script.Answer, s_turns with { Users = [1] });

        var turns = run.Trials.Where(trial => trial.Session is not null).ToList();
        Assert.Equal([0, 63, 103], turns.Select(trial => trial.CachedPromptTokens!.Value));
        Assert.Equal([TrialFlags.None, TrialFlags.WarmPrefix, TrialFlags.WarmPrefix], turns.Select(trial => trial.Flags));
        Assert.All(RunReport.Create(run).Trials.Where(view => view.Trial.Session is not null), view => Assert.DoesNotContain(view.Doubts,
            doubt => doubt is CacheHit or ColdPrefix or ExcessReuse or Superseded or SharedServer));
    }

    [Fact]
    public async Task RunAsync_ServerThatClaimsMoreThanItCanKnow_IsDoubted()
    {
        var run = await RunAsync("openai", new OpenAiScript(new Behaviour { CachedPrompt = 60 }).Answer, s_turns);

        var first = TrialReview.Review(run).First(view => view.Trial.Session is not null);
        Assert.Contains(new ExcessReuse(60, 0), first.Doubts);
    }

    [Fact]
    public async Task RunAsync_ChatOnly_SendsMessagesThatTakeTurnsAndCorrectsTheLength()
    {
        var bodies = new ConcurrentQueue<JsonElement>();
        var script = new OpenAiScript(new Behaviour { ChatOnly = true }) { Owner = "other" };
        var run = await RunAsync("openai", request =>
        {
            if (request.Path == "/v1/chat/completions")
                bodies.Enqueue(request.Json);
            return script.Answer(request);
        }, s_turns with { Users = [1], Turns = 4 });

        var turns = run.Trials.Where(trial => trial.Session is not null).ToList();
        Assert.All(turns, trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
        var messages = bodies.Last().GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(["user", "assistant", "user", "assistant", "user", "assistant", "user"],
            messages.Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(string.Concat(Enumerable.Repeat(" word", Answer)), messages[1].GetProperty("content").GetString());
        // The template adds two tokens to the second turn, which the next ones leave out.
        Assert.Equal([0, 2, 0, 0], turns.Select(trial => trial.CountedPromptTokens!.Value - trial.ContextTokens));
        Assert.Contains(TrialReview.Review(run).Last(view => view.Trial.Session?.Turn == 2).Doubts, doubt => doubt is CountMismatch);
    }

    [Fact]
    public async Task RunAsync_Bursty_AllUsersWaitAtOnce()
    {
        var run = await RunAsync("openai", new OpenAiScript(new Behaviour { Prefill = TimeSpan.FromMilliseconds(400) }).Answer,
            s_turns with { Users = [3], Turns = 2, Order = SessionOrder.Bursty });

        var rounds = run.Trials.Where(trial => trial.Session is not null).GroupBy(trial => trial.Session!.Turn).ToList();
        Assert.Equal([3, 3], rounds.Select(round => round.Count()));
        Assert.All(rounds, round =>
        {
            Assert.Single(round.Select(trial => trial.Session!.Due).Distinct());
            var firstEnd = round.Min(trial => trial.Client.Sent!.Value.Seconds + trial.Client.TimeToEnd!.Value.TotalSeconds);
            Assert.All(round, trial => Assert.True(trial.Client.Sent!.Value.Seconds < firstEnd));
            Assert.All(round, trial => Assert.True(trial.Flags.HasFlag(TrialFlags.Concurrent)));
        });
    }

    [Fact]
    public async Task RunAsync_RandomOrder_IsThatOfTheSeedAndHasEveryTurn()
    {
        async Task<List<(int, int)>> OrderAsync(int seed) => [.. (await RunAsync("openai", new OpenAiScript(new Behaviour()).Answer,
            s_turns with { Users = [4], Order = SessionOrder.Random }, seed)).Trials.Where(trial => trial.Session is not null)
            .Select(trial => (trial.Session!.User, trial.Session.Turn))];

        var order = await OrderAsync(1);
        Assert.Equal(order, await OrderAsync(1));
        Assert.NotEqual(order, await OrderAsync(2));
        Assert.Equal(12, order.Distinct().Count());
        Assert.All(order.GroupBy(place => place.Item1), user => Assert.Equal([1, 2, 3], user.Select(place => place.Item2)));
    }

    [Fact]
    public async Task RunAsync_ServerThatDiesInALevel_TheLevelGoesOn()
    {
        var script = new OpenAiScript(new Behaviour());
        var (asked, back) = (0, DateTimeOffset.MinValue);
        var run = await RunAsync("openai", request =>
        {
            var now = TimeProvider.System.GetUtcNow();
            if (request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == Answer && ++asked == 5)
                back = now.AddSeconds(1);
            return now < back ? Reply.Nothing().Reset() : script.Answer(request);
        }, s_turns);

        var turns = run.Trials.Where(trial => trial.Session is not null).ToList();
        Assert.Equal(6, turns.Count);
        Assert.Equal(["completed", "completed", "completed", "target_died", "completed", "completed"],
            turns.Select(trial => trial.Outcome.Kind));
        Assert.Equal([false, false, false, false, true, false], turns.Select(trial => trial.Flags.HasFlag(TrialFlags.AfterRestart)));
        // The user whose turn failed goes on without its answer.
        Assert.Equal([64, 64, 104, 104, 144, 136], turns.Select(trial => trial.ContextTokens));
    }

    [Fact]
    public async Task ResumeAsync_InterruptedLevel_IsMeasuredAgainAndItsTurnsAreSuperseded()
    {
        using var stop = new CancellationTokenSource();
        var asked = 0;
        var script = new OpenAiScript(new Behaviour());
        await using var server = LyingServer.Start(request =>
        {
            if (request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == Answer && ++asked == 10)
                stop.Cancel();
            return script.Answer(request);
        });
        var plan = CreatePlan("openai", server, s_turns with { Users = [1, 2] });
        var settings = new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null };
        var first = await Sweeper.RunAsync(plan, settings, new SilentObserver(), stop.Token);
        Assert.Equal(SweepEnding.Cancelled, first.Ending);
        var before = new RunStore(_runs).Read(first.RunId!);

        var resumed = await Sweeper.ResumeAsync(first.RunId!, settings, new SilentObserver(), CancellationToken.None);

        Assert.Equal(SweepEnding.Completed, resumed.Ending);
        var run = new RunStore(_runs).Read(first.RunId!);
        Assert.True(run.Trials.Count > before.Trials.Count);
        Assert.Empty(SessionLevels.PlanRemainingSteps(plan, RunReport.Create(run)));
        var level = TrialReview.Review(run).Where(view => view.Trial.Session is { Users: 2 }).ToList();
        var (old, last) = (level.SkipLast(6).ToList(), level.TakeLast(6).ToList());
        Assert.NotEmpty(old);
        Assert.All(old, view => Assert.Contains(view.Doubts, doubt => doubt is Superseded));
        Assert.All(last, view => Assert.DoesNotContain(view.Doubts, doubt => doubt is Superseded));
        // No prompt of the second attempt begins like one of the first.
        Assert.Empty(old.Select(view => view.Trial.Nonce).Intersect(last.Select(view => view.Trial.Nonce)));
        // The complete level was kept.
        Assert.Equal(3, run.Trials.Count(trial => trial.Session is { Users: 1 }));
    }

    [Fact]
    public async Task RunAsync_Trace_EqualBlocksAreEqualTextOfTheScaledLength()
    {
        var path = Path.Combine(_runs, "trace.jsonl");
        await File.WriteAllTextAsync(path, """
            {"timestamp": 0, "input_length": 1100, "output_length": 160, "hash_ids": [0, 1, 2]}
            {"timestamp": 1000, "input_length": 900, "output_length": 160, "hash_ids": [0, 3]}
            {"timestamp": 2000, "input_length": 1700, "output_length": 320, "hash_ids": [0, 1, 4, 5]}
            """);
        var trace = new TracePlan
        {
            Path = path,
            Sha256 = DocumentFile.ComputeSha256(path)!,
            Requests = 3,
            ContextScale = 1.0 / 16,
            Speed = 20,
        };
        var prompts = new ConcurrentQueue<string>();
        var script = new OpenAiScript(new Behaviour());
        await using var server = LyingServer.Start(request => Keep(request, prompts, script.Answer));
        var run = await RunAsync(SessionPlans.ForTrace(CreatePlan("openai", server, s_turns), s_turns, trace));

        var turns = run.Trials.Where(trial => trial.Session is not null).OrderBy(trial => trial.Session!.Due).ToList();
        Assert.All(turns, trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
        Assert.Equal([69, 56, 106], turns.Select(trial => trial.ContextTokens));
        Assert.Equal([10, 10, 20], turns.Select(trial => trial.OutputTokensAsked));
        Assert.Equal([(1, 1), (2, 1), (1, 2)], turns.Select(trial => (trial.Session!.User, trial.Session.Turn)));
        Assert.Equal([0, 32, 64], turns.Select(trial => trial.Session!.KnownTokens));
        Assert.Equal([0, 0.05, 0.1], turns.Select(trial => trial.Session!.Due.TotalSeconds));
        // By their lengths, because on a busy machine they arrive in another order: the second is the shortest, the third the longest.
        var sent = prompts.Select(prompt => prompt.Split(' ')).Where(words => words.Length > 50).TakeLast(3)
            .OrderBy(words => words.Length).ToList();
        int Common(int one, int other) => sent[one].Zip(sent[other]).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.Equal((31, 63), (Common(1, 0), Common(1, 2)));
    }

    private static Reply Keep(ScriptedRequest request, ConcurrentQueue<string> prompts, Func<ScriptedRequest, Reply> answer)
    {
        if (request.Path == "/v1/completions")
            prompts.Enqueue(request.Json.GetProperty("prompt").GetString()!);
        return answer(request);
    }

    private async Task<Run> RunAsync(string scheme, Func<ScriptedRequest, Reply> answer, SessionPlan turns, int seed = 1)
    {
        await using var server = LyingServer.Start(answer);
        return await RunAsync(CreatePlan(scheme, server, turns) with { Seed = seed });
    }

    private async Task<Run> RunAsync(SweepPlan plan)
    {
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        return new RunStore(_runs).Read(result.RunId, withMarks: true);
    }

    private static SweepPlan CreatePlan(string scheme, LyingServer server, SessionPlan turns) => SessionPlans.ForTurns(
        new SweepPlan
        {
            Target = $"{scheme}://{server.Endpoint.Authority}/tiny",
            Contexts = [],
            OutputTokens = Answer,
            Order = TrialOrder.AsGiven,
            Method = SweepMethod.Session,
        },
        turns);
}
