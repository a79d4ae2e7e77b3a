using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Analysis.Sessions;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

/// <summary>The search for the users wall against a server whose TTFT is known for each number of users.</summary>
public sealed class UsersWallSearchTests
{
    private const int Turns = 2;

    private readonly List<Trial> _trials = [];

    // 0.45 s for each user: four keep within 2 s, five do not.
    private static double Ttft(int users) => 0.45 * users;

    [Fact]
    public void Next_DoublesUntilTheLimitIsMissed_ThenHalves()
    {
        var steps = Search(CreatePlan());

        Assert.Equal([(1, 1), (2, 1), (4, 1), (8, 1), (8, 2), (6, 1), (5, 1)], steps);
        var wall = Report(CreatePlan()).Systems[0].Wall!;
        Assert.Equal((4, 5), (wall.InsideUsers, wall.BeyondUsers));
        // The number that was tried once more is no repetition of the search.
        Assert.Equal((4, 1), (wall.Users!.Value, wall.Users.Count));
        Assert.Empty(StepPlanner.PlanRemainingSteps(CreatePlan(), CreateReport(CreatePlan())));
    }

    [Fact]
    public void Next_Repetitions_EachNumberHasAllOfThem()
    {
        var steps = Search(CreatePlan() with { Repetitions = 2 });

        Assert.Equal([(1, 1), (1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2), (6, 1), (6, 2), (5, 1), (5, 2)], steps);
        Assert.Equal(2, Report(CreatePlan()).Systems[0].Wall!.Users!.Count);
    }

    [Fact]
    public void Next_TheRange_IsKept()
    {
        Assert.Equal([(3, 1)], Search(CreatePlan(from: 3, most: 3)));
        _trials.Clear();
        Assert.Equal([(2, 1), (3, 1)], Search(CreatePlan(from: 2, most: 3)));
        _trials.Clear();
        // Nothing within the limit: below the first number too.
        Assert.Equal([(8, 1), (8, 2), (4, 1), (6, 1), (5, 1)], Search(CreatePlan(from: 8)));
    }

    [Fact]
    public void Next_LevelThatWasInterrupted_IsMeasuredAgain()
    {
        var plan = CreatePlan();
        _trials.AddRange(SessionSamples.Level(1, Turns, (_, _) => Ttft(1)));
        _trials.AddRange(SessionSamples.Level(2, Turns, (_, _) => Ttft(2), first: 3).Take(3));
        var next = Assert.Single(StepPlanner.PlanRemainingSteps(plan, CreateReport(plan)));

        Assert.Equal((2, 1, 3), (next.Concurrency, next.Repetition, next.EarlierAttempts));
        Assert.Equal(plan.Warmups + 2 * Turns, next.TrialCount);
    }

    [Fact]
    public void Next_NoTimesAtAll_EndsTheSearch()
    {
        var plan = CreatePlan();
        // A server that sends its whole answer at the end.
        _trials.AddRange(SessionSamples.Level(1, Turns, (_, _) => 1).Select(trial => trial with
        {
            Client = trial.Client with { TimeToFirstToken = null, TimeToFirstReasoning = null },
        }));

        Assert.Null(new UsersWallSearch(plan).Next(CreateReport(plan)));
    }

    private List<(int Users, int Repetition)> Search(SweepPlan plan)
    {
        var strategy = new UsersWallSearch(plan);
        var steps = new List<(int, int)>();
        while (strategy.Next(CreateReport(plan)) is { } step)
        {
            steps.Add((step.Concurrency, step.Repetition));
            _trials.AddRange(SessionSamples.Level(step.Concurrency, Turns, (_, _) => Ttft(step.Concurrency), step.Repetition,
                _trials.Count + 1));
        }
        return steps;
    }

    private static SweepPlan CreatePlan(int from = 1, int most = 64)
    {
        var plan = SessionSamples.Run("tier", Turns, SessionSamples.Level(1, Turns, (_, _) => 1)).Manifest.Plan;
        return plan with
        {
            Repetitions = 1,
            Contexts = [new TokenCount(Turns * SessionSamples.TurnTokens)],
            Sessions = plan.Sessions! with
            {
                Users = [from],
                Search = new UsersSearchPlan { From = from, Most = most, TtftLimit = TimeSpan.FromSeconds(2) },
            },
        };
    }

    private RunReport CreateReport(SweepPlan plan)
    {
        var run = SessionSamples.Run("tier", Turns, _trials);
        return RunReport.Create(run with { Manifest = run.Manifest with { Plan = plan } });
    }

    // The limit is that of the plan.
    private MemoryWall.Analysis.Sessions.SessionReport Report(SweepPlan plan) =>
        MemoryWall.Analysis.Sessions.SessionReport.Create([CreateReport(plan)]);
}
