using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Synthetic;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>What conversations show about the answers of servers, and the search for the number of users, against scripted
/// servers.</summary>
public sealed partial class SessionVerifyTests : IDisposable
{
    private const int Answer = 12;

    private static readonly SessionPlan s_turns =
        new() { Users = [2], Turns = 3, FirstTokens = 320, GrowTokens = 128, TextKey = "0123456789abcdef" };

    // An answer that arrives in one piece has no time to its first token.
    private static readonly Behaviour s_steady = new() { Step = TimeSpan.FromMilliseconds(10) };

    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-sessions-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    [Fact]
    public async Task Needle_ServerThatReads_FindsEachNumberAtItsDepth()
    {
        var prompts = new ConcurrentQueue<string>();
        var run = await RunAsync(text =>
        {
            prompts.Enqueue(text);
            return Read(text);
        }, s_turns with { HasNeedles = true });

        var turns = Turns(run);
        Assert.Equal(6, turns.Count);
        Assert.All(turns, trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
        // The text of a turn is as long as the plan says, sentences and questions included.
        Assert.Equal([320, 320, 460, 460, 600, 600], turns.Select(trial => trial.CountedPromptTokens!.Value));
        Assert.All(turns, trial => Assert.True(trial.Session!.IsNeedleFound));
        // Each turn of a user asks for another number, and each lies in the first text.
        foreach (var user in turns.GroupBy(trial => trial.Session!.User))
        {
            Assert.Equal(3, user.Select(trial => trial.Session!.Needle).Distinct().Count());
            var first = prompts.First(prompt => prompt.Contains(user.First().Session!.Needle! + ".", StringComparison.Ordinal));
            Assert.All(user, trial => Assert.Contains($"is {trial.Session!.Needle}.", first, StringComparison.Ordinal));
            Assert.All(user, trial => Assert.InRange(trial.Session!.NeedleDepth!.Value, 0.05, 0.9));
        }
        Assert.Equal("Alone", Report([run]).Needles.Single().Verdict.ToString());
        Assert.Contains(SessionPhrases.Format(Report([run])),
            line => line.EndsWith("finds 6 of 6 hidden numbers.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Needle_SystemThatGarblesWhatItKept_DoesNotPassAsFast()
    {
        var good = await RunAsync(Read, s_turns with { HasNeedles = true }, "standard");
        // A tier that loses the text answers with other numbers.
        var bad = await RunAsync(text => [.. Read(text).Select(_ => " 0")], s_turns with { HasNeedles = true }, "tier");
        var report = Report([good, bad]);

        Assert.Equal(NeedleVerdict.Lost, report.Needles[1].Verdict);
        Assert.Equal((6, 6, 0), (report.Needles[1].OverFound, report.Needles[1].Lost, report.Needles[1].Found));
        Assert.True(report.HasWrongAnswers);
        // The same server against itself loses nothing.
        var again = Report([good, await RunAsync(Read, s_turns with { HasNeedles = true }, "again")]);
        Assert.Equal(NeedleVerdict.NoneLost, again.Needles[1].Verdict);
        Assert.False(again.HasWrongAnswers);
    }

    [Fact]
    public async Task Needle_ModelThatCannotAnswer_CannotBeJudged()
    {
        var report = Report([await RunAsync(_ => [], s_turns with { HasNeedles = true }, "standard"),
            await RunAsync(_ => [], s_turns with { HasNeedles = true }, "tier")]);

        Assert.All(report.Needles, needles => Assert.Equal(NeedleVerdict.CannotJudge, needles.Verdict));
        Assert.False(report.HasWrongAnswers);
    }

    [Fact]
    public async Task Verify_AnswersThatDiffer_SayFromWhichPieceOnAndEndTheirConversation()
    {
        // The third word of the second answer of the first user is another one.
        var asked = 0;
        var one = await RunAsync(_ => [], s_turns, "one");
        bool IsTurn(string text) => text.Split(' ').Length >= s_turns.FirstTokens - 1;
        var other = await RunAsync(text => IsTurn(text) && Interlocked.Increment(ref asked) == 3 ? [" word", " word", " lost"] : [],
            s_turns, "other");
        var answers = Assert.Single(Report([one, other]).Answers);

        // The third turn of that user goes on with another answer, so that its prompt is another one.
        Assert.Equal((5, 4), (answers.Compared, answers.Equal));
        Assert.Equal((AnswerUnit.Word, 3, Answer), (answers.Divergence!.Unit, answers.Divergence.Place, answers.Divergence.Pieces));
        Assert.Equal(answers.FirstUnequal, answers.Divergence.Trial);
        Assert.False(answers.IsOneServer);
        Assert.Contains($"from word 3 of {Answer} on, in trial {answers.FirstUnequal}", SessionPhrases.FormatAnswers(answers),
            StringComparison.Ordinal);
        Assert.Single(SessionTablesOf([one, other]).Rows);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Verify_AServerThatDrawsItsTokens_IsAskedForTheMostLikelyOnes(bool isVerified, int temperature)
    {
        var temperatures = new ConcurrentBag<double>();
        var script = new OpenAiScript(new Behaviour()) { Owner = "other" };
        await RunAsync(request =>
        {
            if (request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == Answer)
                temperatures.Add(request.Json.GetProperty("temperature").GetDouble());
            return script.Answer(request);
        }, s_turns with { TextKey = isVerified ? s_turns.TextKey : null });

        // The warm-up is no part of a conversation.
        Assert.Equal(6, temperatures.Count(value => value == temperature) - (isVerified ? 0 : 1));
    }

    [Fact]
    public async Task Vllm_AnswersAsTokens_GoOnInTheNextPrompt()
    {
        var model = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=1,embd=32,heads=2,kv=2,ff=32,vocab=4096,weights=q8_0,ctx=2048,tokenizer=spm"), _runs);
        var prompts = new ConcurrentQueue<int[]>();
        var script = new OpenAiScript(new Behaviour());
        var run = await RunAsync(request =>
        {
            if (request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == Answer)
                prompts.Enqueue([.. request.Json.GetProperty("prompt").EnumerateArray().Select(id => id.GetInt32())]);
            return script.Answer(request);
        }, s_turns with { Users = [1] }, gguf: model);

        var turns = Turns(run);
        Assert.All(turns, trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
        Assert.Equal([320, 460, 600], turns.Select(trial => trial.CountedPromptTokens!.Value));
        int[] answer = [.. Enumerable.Range(OpenAiScript.FirstTokenId, Answer)];
        Assert.All(turns, trial => Assert.Equal((AnswerUnit.Token, string.Join(' ', answer)),
            (trial.Session!.AnswerUnit!.Value, trial.Session.AnswerPieces)));
        var sent = prompts.TakeLast(3).ToList();
        for (var turn = 1; turn < sent.Count; turn++)
            Assert.Equal([.. sent[turn - 1], .. answer], sent[turn][..(sent[turn - 1].Length + Answer)]);
    }

    // A server that does not report reuse: only turns of which it can know something are flagged.
    [Fact]
    public async Task Flags_ReuseThatIsNotReported_IsExpectedWhereAnEarlierPromptHadIt()
    {
        var script = new OpenAiScript(new Behaviour()) { TellsCached = false };
        var run = await RunAsync(script.Answer, s_turns);
        var shared = await RunAsync(script.Answer, s_turns with { SharedPrefixTokens = 64, Turns = 1 });

        Assert.Equal([false, false, true, true, true, true], Turns(run).Select(trial => trial.Flags.HasFlag(TrialFlags.WarmPrefix)));
        Assert.Equal([false, true], Turns(shared).Select(trial => trial.Flags.HasFlag(TrialFlags.WarmPrefix)));
    }

    [Fact]
    public async Task Think_EachUserPausesAfterAnAnswer()
    {
        var think = TimeSpan.FromMilliseconds(150);
        var run = await RunAsync(new OpenAiScript(new Behaviour()).Answer, s_turns with { Think = think });

        var users = Turns(run).GroupBy(trial => trial.Session!.User).OrderBy(user => user.Key).ToList();
        Assert.Equal([3, 3], users.Select(user => user.Count()));
        // Users do not begin at the same time.
        Assert.Equal(think / 2, users[1].First().Session!.Due - users[0].First().Session!.Due);
        foreach (var user in users)
        {
            var turns = user.OrderBy(trial => trial.Session!.Turn).ToList();
            Assert.All(turns.Zip(turns.Skip(1)), pair =>
            {
                var ended = pair.First.Client.Sent!.Value.Seconds + pair.First.Client.TimeToEnd!.Value.TotalSeconds;
                Assert.True(pair.Second.Client.Sent!.Value.Seconds - ended >= think.TotalSeconds - 0.02);
            });
        }
        Assert.All(Turns(run), trial => Assert.True(trial.Flags.HasFlag(TrialFlags.Concurrent)));
    }

    [Theory]
    [LongData(3600, "1 2 3", 3, null)]
    [InlineData(1e-6, "1 1", null, 1)]
    public async Task UsersAuto_SearchesWithinItsRange(double limit, string levels, int? inside, int? beyond)
    {
        using var load = MachineLoad.Watch();
        var run = await RunAsync(new OpenAiScript(s_steady).Answer, s_turns with
        {
            Turns = 2,
            Users = [1],
            Search = new UsersSearchPlan { From = 1, Most = 3, TtftLimit = TimeSpan.FromSeconds(limit) },
        });

        // A client that is not scheduled for a while receives an answer in one piece, which tells no TTFT.
        load.Judge(() =>
        {
            Assert.Equal(levels, string.Join(' ', Turns(run).GroupBy(trial => (trial.Session!.Users, trial.Repetition))
                .Select(level => level.Key.Users)));
            var wall = Report([run]).Systems[0].Wall!;
            Assert.Equal((inside, beyond), (wall.InsideUsers, wall.BeyondUsers));
        });
    }

    [LongFact]
    public async Task UsersAuto_Stopped_IsResumedWhereItWas()
    {
        using var stop = new CancellationTokenSource();
        var asked = 0;
        var script = new OpenAiScript(s_steady);
        await using var server = LyingServer.Start(request =>
        {
            // In the middle of the level of two users.
            if (request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == Answer && ++asked == 6)
                stop.Cancel();
            return script.Answer(request);
        });
        var plan = CreatePlan(server, s_turns with
        {
            Turns = 2,
            Users = [1],
            Search = new UsersSearchPlan { From = 1, Most = 4, TtftLimit = TimeSpan.FromHours(1) },
        }, null);
        var settings = new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null };
        var first = await Sweeper.RunAsync(plan, settings, new SilentObserver(), stop.Token);
        Assert.Equal(SweepEnding.Cancelled, first.Ending);

        Assert.Equal(SweepEnding.Completed,
            (await Sweeper.ResumeAsync(first.RunId!, settings, new SilentObserver(), CancellationToken.None)).Ending);

        var report = Report([new RunStore(_runs).Read(first.RunId!)]);
        Assert.Equal([(1, 1), (2, 1), (4, 1)], report.Systems[0].Levels.Select(level => (level.Users, level.Repetitions)));
        Assert.All(report.Systems[0].Levels, level => Assert.Equal((2 * level.Users, 0), (level.All.Requests, level.Incomplete)));
        Assert.Equal(4, report.Systems[0].Wall!.InsideUsers);
        // A search that is done has nothing left to do.
        asked = 0;
        await Sweeper.ResumeAsync(first.RunId!, settings, new SilentObserver(), CancellationToken.None);
        Assert.Equal(0, asked);
    }

    // A model that reads: it answers the last question with what the text says.
    private static IReadOnlyList<string> Read(string text)
    {
        var asked = Question().Matches(text).LastOrDefault()?.Groups[1].Value;
        return Sentence().Matches(text).FirstOrDefault(match => match.Groups[1].Value == asked) is { } found
            ? [" " + found.Groups[2].Value, "."]
            : [];
    }

    private static List<Trial> Turns(Run run) => [.. run.Trials.Where(trial => trial.Session is not null)];

    private static SessionReport Report(Run[] runs) => SessionReport.Create([.. runs.Select(run => RunReport.Create(run))]);

    private static MemoryWall.Charts.TextTable SessionTablesOf(Run[] runs) =>
        MemoryWall.Reporting.Tables.SessionTables.CreateAnswers(Report(runs))!;

    private Task<Run> RunAsync(Func<string, IReadOnlyList<string>> say, SessionPlan turns, string? system = null) =>
        RunAsync(new OpenAiScript(new Behaviour()) { Say = say }.Answer, turns, system);

    private async Task<Run> RunAsync(Func<ScriptedRequest, Reply> answer, SessionPlan turns, string? system = null, string? gguf = null)
    {
        await using var server = LyingServer.Start(answer);
        var result = await Sweeper.RunAsync(CreatePlan(server, turns, system), new SweepSettings
        {
            RunsDirectory = _runs,
            TelemetryInterval = null,
            GgufPath = gguf,
        }, new SilentObserver(), CancellationToken.None);
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        return new RunStore(_runs).Read(result.RunId, withMarks: true);
    }

    private static SweepPlan CreatePlan(LyingServer server, SessionPlan turns, string? system) => SessionPlans.ForTurns(
        new SweepPlan
        {
            Target = $"openai://{server.Endpoint.Authority}/tiny",
            Contexts = [],
            OutputTokens = Answer,
            Order = TrialOrder.AsGiven,
            Method = SweepMethod.Session,
            System = system,
        },
        turns);

    [GeneratedRegex(@"Question: What is the secret number of the (\w+)\?")]
    private static partial Regex Question();

    [GeneratedRegex(@"The secret number of the (\w+) is (\d+)\.")]
    private static partial Regex Sentence();
}
