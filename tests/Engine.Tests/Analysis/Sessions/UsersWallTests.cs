using MemoryWall.Analysis;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

public sealed class UsersWallTests
{
    private static readonly Slo s_limit = Slo.Parse("ttft=2s");

    // Each level and repetition with the TTFT of all its turns.
    private static UsersWall Find(params (int Users, int Repetition, double Ttft)[] levels)
    {
        var trials = new List<Trial>();
        foreach (var (users, repetition, ttft) in levels)
            trials.AddRange(SessionSamples.Level(users, 2, (_, _) => ttft, repetition, trials.Count + 1));
        return SessionReport.Create([SessionSamples.Report("tier", 2, trials)], s_limit).Systems[0].Wall!;
    }

    private static string Say(UsersWall wall) => SessionPhrases.FormatWall("tier", wall);

    [Fact]
    public void Find_LevelsBeyondTheLimit_AreAWall()
    {
        var wall = Find((1, 1, 0.5), (2, 1, 0.5), (4, 1, 3), (8, 1, 6));

        Assert.Equal((2, 4), (wall.InsideUsers, wall.BeyondUsers));
        Assert.Equal("tier carries 2 users within the limit (95% of the turns begin within 2.00 s); with 4 it is 3.00 s.", Say(wall));
    }

    [Fact]
    public void Find_TheLargestLevelOnce_IsNoWallYet()
    {
        var wall = Find((1, 1, 0.5), (2, 1, 0.5), (4, 1, 3));

        Assert.Equal((2, (int?)null), (wall.InsideUsers, wall.BeyondUsers));
        Assert.Equal([4], wall.Unconfirmed);
        Assert.Contains("with 4 it is 3.00 s, which one more repetition would confirm", Say(wall), StringComparison.Ordinal);
        Assert.Equal((2, 4), (Find((2, 1, 0.5), (4, 1, 3), (4, 2, 3)).InsideUsers, Find((2, 1, 0.5), (4, 1, 3), (4, 2, 3)).BeyondUsers));
    }

    // A level that the machine disturbed once, while larger ones meet the limit.
    [Fact]
    public void Find_LargerLevelsThatMeetTheLimit_SpeakAgainstAWall()
    {
        var wall = Find((1, 1, 0.5), (2, 1, 3), (4, 1, 0.6), (8, 1, 0.7));

        Assert.Null(wall.BeyondUsers);
        Assert.Equal([2], wall.Unconfirmed);
    }

    [Fact]
    public void Find_NoLevelWithinTheLimit_SaysSo()
    {
        var wall = Find((1, 1, 3), (2, 1, 4));

        Assert.Equal(((int?)null, 1), (wall.InsideUsers, wall.BeyondUsers));
        Assert.StartsWith("tier does not carry 1 user within the limit", Say(wall), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_AllLevelsWithin_SaysThatMoreWereNotTried() =>
        Assert.EndsWith("the most that were tried.", Say(Find((1, 1, 0.5), (2, 1, 0.6))), StringComparison.Ordinal);

    [Fact]
    public void Find_Repetitions_AnIntervalOfUsers()
    {
        var wall = Find([.. Enumerable.Range(1, 5).SelectMany(repetition => new[]
        {
            (2, repetition, 0.5), (4, repetition, repetition == 3 ? 2.5 : 1), (8, repetition, 5.0),
        })]);

        Assert.Equal(8, wall.BeyondUsers);
        Assert.Equal(4, wall.Users!.Value);
        Assert.Equal((2, 4), (wall.Users.Interval!.Value.Low, wall.Users.Interval.Value.High));
        Assert.Contains(", over repetitions (2 – 4)", Say(wall), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_RepetitionsThatAgree_SaysSo() => Assert.Contains(
        "tier carries 2 users within the limit (95% of the turns begin within 2.00 s), the same in every repetition; with 4 it is 5.00 s.",
        Say(Find([.. Enumerable.Range(1, 5).SelectMany(repetition => new[] { (2, repetition, 0.5), (4, repetition, 5.0) })])),
        StringComparison.Ordinal);

    [Fact]
    public void Find_TurnsThatFail_DoNotMeetTheLimit()
    {
        var trials = SessionSamples.Level(4, 2, (_, _) => 0.5)
            .Select(trial => trial.Stream > 2 ? trial with { Outcome = new TargetDied("gone") } : trial);
        var wall = SessionReport.Create([SessionSamples.Report("tier", 2, [.. trials])], s_limit).Systems[0].Wall!;

        Assert.Equal(4, wall.BeyondUsers);
        Assert.Contains("4 turns failed", Say(wall), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_TurnsThatTheUserStopped_SpeakForNothing()
    {
        var trials = SessionSamples.Level(4, 2, (_, _) => 0.5)
            .Select(trial => trial.Stream > 2 ? trial with { Outcome = new Cancelled() } : trial);
        var wall = SessionReport.Create([SessionSamples.Report("tier", 2, [.. trials])], s_limit).Systems[0].Wall!;

        Assert.Null(wall.BeyondUsers);
        Assert.Equal(0, Assert.Single(Assert.Single(wall.Levels).Tries).Failed);
    }

    [Fact]
    public void FindNext_DoublesThenHalves()
    {
        int? Next(UsersWall? wall) => UsersSearch.FindNext(wall, from: 1, most: 64, maxTries: 3);

        Assert.Equal(1, Next(null));
        Assert.Equal(4, Next(Find((1, 1, 0.5), (2, 1, 0.5))));
        Assert.Equal(4, Next(Find((1, 1, 0.5), (2, 1, 0.5), (4, 1, 3))));
        Assert.Equal(6, Next(Find((4, 1, 0.5), (8, 1, 3), (8, 2, 3))));
        Assert.Equal(5, Next(Find((4, 1, 0.5), (6, 1, 3), (8, 1, 3), (8, 2, 3))));
        Assert.Null(Next(Find((4, 1, 0.5), (5, 1, 3), (6, 1, 3), (8, 1, 3))));
        Assert.Null(Next(Find((1, 1, 3), (1, 2, 3))));
        Assert.Null(Next(Find((64, 1, 0.5))));
        Assert.Equal(3, new WallRules().MaxTries);
    }
}
