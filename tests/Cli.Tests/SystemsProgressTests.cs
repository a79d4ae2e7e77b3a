using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Cli.Tests;

/// <summary>The progress of a comparison counts the steps of all systems.</summary>
public class SystemsProgressTests
{
    private static readonly SweepPlan s_plan = new()
    {
        Target = "embedded",
        System = "x",
        Contexts = [new TokenCount(2048), new TokenCount(8192)],
        Repetitions = 2,
        Warmups = 0,
    };

    [Fact]
    public void DescribeNow_TwoSystemsInTurn_CountsTheStepsOfBoth()
    {
        var lines = new List<string>();
        var progress = new SystemsProgress([("standard", s_plan), ("managed", s_plan)], lines.Add);
        Assert.Empty(progress.DescribeNow(77));

        Run(progress, "standard", number: 1, start: true);
        Run(progress, "managed", number: 1, start: true);
        var observer = progress.GetObserver("standard");
        observer.StepStarted(StepPlanner.PlanSteps(s_plan)[1], 2);
        observer.PhaseStarted(Phase.Prefill);

        var row = Assert.Single(progress.DescribeNow(77));
        Assert.Matches("^step 3 of 8 · (about .* left|nearly done) · standard · [0-9,]+ tokens · prefill$", row);
        Assert.Contains(lines, line => line.StartsWith("managed: trial 1", StringComparison.Ordinal));
        Assert.All(new[] { 20, 40, 77 }, width => Assert.All(progress.DescribeNow(width), line => Assert.InRange(line.Length, 1, width)));
    }

    private static void Run(SystemsProgress progress, string system, int number, bool start)
    {
        var observer = progress.GetObserver(system);
        var steps = StepPlanner.PlanSteps(s_plan);
        if (start)
            observer.RunStarted(new RunManifest
            {
                RunId = system,
                StartedUtc = DateTimeOffset.UnixEpoch,
                Plan = s_plan,
                Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64" },
                Target = new TargetFacts { Kind = "embedded", Endpoint = "", Model = "nano" },
                EngineVersion = "1",
            }, "folder", steps);
        observer.StepStarted(steps[number - 1], number);
        observer.TrialEnded(new Trial
        {
            Number = number,
            ContextTokens = steps[number - 1].ContextTokens,
            Repetition = 1,
            OutputTokensAsked = 8,
            Outcome = new Completed(),
        });
    }
}
