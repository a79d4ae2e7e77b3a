using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

public class WallSearchTests
{
    private static readonly SweepPlan s_plan = new()
    {
        Target = "embedded",
        Contexts = [new TokenCount(2048)],
        OutputTokens = 16,
        Wall = new WallPlan { FromTokens = 2048 },
    };

    private static Trial Answer(SweepStep step, int number, bool inside, Outcome? otherwise = null) => new()
    {
        Number = number,
        ContextTokens = step.ContextTokens,
        Repetition = step.Repetition,
        OutputTokensAsked = 16,
        CountedPromptTokens = step.ContextTokens,
        OutputTokens = 16,
        Native = new NativeTimings { Generation = TimeSpan.FromSeconds(1) },
        Flags = step.IsWarmup ? TrialFlags.Warmup : TrialFlags.None,
        Outcome = inside ? new Completed() : otherwise ?? new OutOfMemory("oom_kill rose by 1"),
        Memory = new TrialMemory { Generation = new MemoryTraffic { ReadBytes = 0 } },
    };

    private static List<Trial> Search(SweepPlan plan, int most, Func<SweepStep, bool> inside, Outcome? otherwise = null)
    {
        var strategy = new WallSearch(plan, most);
        var done = new List<Trial>();
        while (strategy.Next(AnalysisSamples.Report(done)) is { } step)
        {
            Assert.True(done.Count < 100, "the search does not end");
            done.Add(Answer(step, done.Count + 1, inside(step), otherwise));
        }
        return done;
    }

    [Fact]
    public void Next_AnyWall_IsBracketedAsNarrowlyAsAskedFor() => Gen.Int[2048, 1_000_000].Sample(wall =>
    {
        var done = Search(s_plan, int.MaxValue, step => step.ContextTokens <= wall);
        var inside = done.Where(trial => trial.Outcome.IsCompleted).Max(trial => trial.ContextTokens);
        var beyond = done.Where(trial => !trial.Outcome.IsCompleted).Min(trial => trial.ContextTokens);
        Assert.InRange(wall, inside, beyond);
        // Contexts fill their last KV cells, so the gap can be one step of 256 cells wider than the plan asks.
        Assert.True(beyond - inside <= Math.Max(256, 0.02 * beyond) + 256, $"{inside} to {beyond}");
        Assert.True(done.Count < 30);
        Assert.Equal(2, done.Count(trial => trial.ContextTokens == inside && !trial.Flags.HasFlag(TrialFlags.Warmup)));
    }, iter: LongTests.Draws(300));

    [Fact]
    public void Next_WallBelowTheFirstContext_IsBracketedFromBelow()
    {
        var done = Search(s_plan, int.MaxValue, step => step.IsWarmup || step.ContextTokens <= 700);
        Assert.Contains(done, trial => trial.Outcome.IsCompleted && trial.ContextTokens is > 256 and <= 700);
    }

    [Fact]
    public void Next_NoWall_EndsAtTheLargestContext()
    {
        var done = Search(s_plan, 20_000, _ => true);
        Assert.Equal(20_000, done.Max(trial => trial.ContextTokens));
    }

    [Fact]
    public void Next_EdgeThatHoldsOnlyOnce_MovesInward()
    {
        var tried = new Dictionary<int, int>();
        var done = Search(s_plan, int.MaxValue,
            step => step.ContextTokens < 10_000
                && (step.ContextTokens < 8000 || (tried[step.ContextTokens] = tried.GetValueOrDefault(step.ContextTokens) + 1) == 1));
        var failed = done.Where(trial => !trial.Outcome.IsCompleted).Min(trial => trial.ContextTokens);
        Assert.True(failed >= 8000);
        Assert.Equal(2,
            done.Count(
                trial =>
                    trial.ContextTokens == done.Where(other => other.Outcome.IsCompleted && other.ContextTokens < failed)
                        .Max(other => other.ContextTokens) && trial.Repetition > 0));
    }

    [Fact]
    public void Next_FailuresThatTellNothingOfMemory_EndTheSearch()
    {
        var done = Search(s_plan, int.MaxValue, step => step.ContextTokens < 5000, new ProtocolViolation("no final frame"));
        Assert.True(done.Count < 6);
    }

    [Fact]
    public void Next_NothingFits_IsToldByTheSmallestContextThereIs()
    {
        var done = Search(s_plan, int.MaxValue, step => step.IsWarmup);
        Assert.Equal([2048, 224], done.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).Select(trial => trial.ContextTokens));
    }

    [Fact]
    public void Next_StepBetweenThatTellsNothing_IsNotTriedAgainAndAgain()
    {
        var done = new List<Trial>();
        var strategy = new WallSearch(s_plan, int.MaxValue);
        while (strategy.Next(AnalysisSamples.Report(done)) is { } step)
            done.Add(
                Answer(step, done.Count + 1, step.ContextTokens <= 4096 + 256,
                    step.ContextTokens > 8000 ? null : new ProtocolViolation("no final frame")));
        Assert.True(done.Count < 10, $"{done.Count} trials");
    }

    // A server whose memory cannot be read, with a neighbour's load on some of the trials.
    private static List<Trial> SearchOutside(Func<int, double> slowdown, long? paged = null)
    {
        var strategy = new WallSearch(s_plan with { Target = "http://127.0.0.1:8080" }, 131_072);
        var done = new List<Trial>();
        while (strategy.Next(AnalysisSamples.Report(done)) is { } step)
        {
            Assert.True(done.Count < 64, "the search does not end");
            var factor = slowdown(done.Count);
            done.Add(Answer(step, done.Count + 1, inside: true) with
            {
                Native = new NativeTimings { Generation = TimeSpan.FromSeconds((1 + step.ContextTokens / 32_768.0) * factor) },
                Memory = paged is null ? null : new TrialMemory { Generation = new MemoryTraffic { ReadBytes = factor > 1 ? paged : 0 } },
            });
        }
        return done;
    }

    private static int? FindWall(IReadOnlyList<Trial> trials) => AnalysisSamples.Report(trials).Wall.BeyondTokens;

    // Six of seven searches on a server with 20 GiB free once ended at a neighbour's load.
    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 100)]
    public void Next_NeighboursLoadOnAServerThatCannotBeRead_IsNoWallAndTheSearchGoesOn(int from, int trials)
    {
        var done = SearchOutside(number => number >= from && number < from + trials ? 3 : 1);
        Assert.Null(FindWall(done));
        Assert.Equal(131_072, done.Max(trial => trial.ContextTokens));
        // The doubled contexts, and one repetition of each slow one; none between them.
        Assert.True(done.Count <= 16 && done.Select(trial => trial.ContextTokens).Distinct().Count() <= 8, $"{done.Count} trials");
    }

    [Fact]
    public void Next_PagesMovedOnceWithoutALimit_AreNoWall()
    {
        var done = SearchOutside(number => number == 3 ? 3 : 1, paged: 4_000_000_000);
        Assert.Null(FindWall(done));
        Assert.Equal(131_072, done.Max(trial => trial.ContextTokens));
        Assert.Equal(3, done.Count(trial => trial.ContextTokens == done[3].ContextTokens));
    }

    [Fact]
    public void Next_PagesMovedAgainAndAgain_AreAWallThatIsBracketed()
    {
        var strategy = new WallSearch(s_plan, 131_072);
        var done = new List<Trial>();
        while (strategy.Next(AnalysisSamples.Report(done)) is { } step)
        {
            Assert.True(done.Count < 64, "the search does not end");
            done.Add(Answer(step, done.Count + 1, inside: true) with
            {
                Memory = new TrialMemory { Generation = new MemoryTraffic { ReadBytes = step.ContextTokens > 20_000 ? 4_000_000_000 : 0 } },
            });
        }
        Assert.InRange(FindWall(done)!.Value, 20_000, 21_000);
    }
}
