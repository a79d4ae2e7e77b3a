using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

public sealed class NeedleResultTests
{
    private const int Users = 4;
    private const int Turns = 2;

    [Theory]
    [InlineData(8, 8, NeedleVerdict.NoneLost, "tier finds 8 of 8 hidden numbers, each that recompute finds.")]
    [InlineData(8, 0, NeedleVerdict.Lost, "tier loses 8 of the 8 hidden numbers that recompute finds: it does not answer the same")]
    [InlineData(8, 3, NeedleVerdict.Lost, "tier loses 5 of the 8 hidden numbers")]
    [InlineData(8, 4, NeedleVerdict.FewLost, "tier loses 4 of the 8 hidden numbers that recompute finds, and finds 0 that it does not, "
        + "which may be chance.")]
    [InlineData(0, 0, NeedleVerdict.CannotJudge, "Whether tier loses hidden numbers cannot be judged: recompute finds none of 8 either.")]
    public void Create_TwoSystems_WhatIsLostIsJudgedByWhatTheOtherFinds(int over, int own, object verdict, string sentence)
    {
        var report = SessionSamples.Compare(Level(over), Level(own), Turns);

        Assert.Equal([("recompute", over > 0 ? NeedleVerdict.Alone : NeedleVerdict.CannotJudge), ("tier", (NeedleVerdict)verdict)],
            report.Needles.Select(needles => (needles.System, needles.Verdict)));
        Assert.StartsWith(sentence, SessionPhrases.FormatNeedles(report.Needles[1]), StringComparison.Ordinal);
        Assert.Contains(SessionPhrases.FormatNeedles(report.Needles[1]), SessionPhrases.Format(report));
        Assert.Equal((NeedleVerdict)verdict == NeedleVerdict.Lost, report.HasWrongAnswers);
    }

    [Fact]
    public void Create_NumbersByTurn_AreInTheTable()
    {
        var report = SessionSamples.Compare(Level(8), Level(4), Turns);

        Assert.Equal((8, 8), (report.Systems[0].Levels[0].All.NeedlesAsked, report.Systems[0].Levels[0].All.NeedlesFound));
        Assert.Equal([4, 0], report.Systems[1].Levels[0].Turns.Select(turn => turn.NeedlesFound));
        var turns = SessionTables.CreateTurns(report)!;
        var column = turns.Columns.ToList().FindIndex(header => header.Header == "numbers found");
        Assert.Equal(["4 of 4", "4 of 4", "4 of 4", "0 of 4"], turns.Rows.Select(row => row[column]));
    }

    [Fact]
    public void Create_OtherNumbers_AreNotCompared()
    {
        var report = SessionSamples.Compare(Level(8), [.. Level(0).Select(trial => trial with
        {
            Session = trial.Session! with { Needle = "other" },
        })], Turns);

        Assert.Equal(NeedleVerdict.NotAsked, report.Needles[1].Verdict);
        Assert.False(report.HasWrongAnswers);
    }

    [Fact]
    public void Create_NothingHidden_NothingIsSaid() => Assert.Empty(SessionSamples.Compare(SessionSamples.Level(1, 2, (_, _) => 1),
        SessionSamples.Level(1, 2, (_, _) => 1), 2).Needles);

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 3, 1)]
    [InlineData(5, 0, 1.0 / 32)]
    [InlineData(4, 1, 6.0 / 32)]
    [InlineData(600, 400, 1.36e-10)]
    public void SignTest_IsTheTailOfTheBinomial(int more, int less, double expected) =>
        Assert.Equal(expected, SignTest.ComputePValue(more, less), 0.01 * expected + 1e-12);

    // The first numbers are found.
    private static IReadOnlyList<Trial> Level(int found) =>
    [
        .. SessionSamples.Level(Users, Turns, (_, _) => 1).Select((trial, place) => trial with
        {
            Session = trial.Session! with { Needle = $"{10_000 + place}", NeedleDepth = 0.5, IsNeedleFound = place < found },
        }),
    ];
}
