using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Searches for the users wall of a plan: <see cref="UsersSearch"/> chooses the numbers of users. Each is measured in all repetitions of
/// the plan before the next is chosen, and an interrupted level is measured again from its beginning.
/// </summary>
internal sealed class UsersWallSearch(SweepPlan plan) : ISweepStrategy
{
    // The limit also ends a search whose levels never become complete.
    private const int MaxSteps = 64;

    private readonly UsersSearchPlan _search = plan.Sessions!.Search!;
    private int _steps;

    public IReadOnlyList<SweepStep> PlannedSteps { get; } =
        [SessionLevels.CreateStep(plan, Math.Min(plan.Sessions!.Search!.From, plan.Sessions.Search.Most), repetition: 1)];

    public SweepStep? Next(RunReport soFar)
    {
        var tried = SessionLevels.FindTried(plan, soFar);
        if (_steps++ >= MaxSteps)
            return null;
        if (tried.FirstOrDefault(level => !level.IsComplete) is { } torn)
            return SessionLevels.CreateStep(plan, torn.Users, torn.Repetition) with { EarlierAttempts = torn.Turns };
        if (tried.GroupBy(level => level.Users).FirstOrDefault(level => level.Count() < plan.Repetitions) is { } open)
            return Again(tried, open.Key);
        var wall = tried.Count == 0 ? null
            : SessionSystem.Create(plan.System ?? "", soFar, _search.TtftLimit.TotalSeconds).Wall;
        return UsersSearch.FindNext(wall, _search.From, _search.Most, soFar.Rules.Walls.MaxTries) is { } users
            ? Again(tried, users)
            : null;
    }

    private SweepStep Again(IReadOnlyList<TriedLevel> tried, int users) =>
        SessionLevels.CreateStep(plan, users, 1 + tried.Where(level => level.Users == users).Select(level => level.Repetition)
            .DefaultIfEmpty(0).Max());
}
