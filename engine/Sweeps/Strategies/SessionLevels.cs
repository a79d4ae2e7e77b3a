using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>The levels of a plan with conversations: each number of users once in every repetition.</summary>
internal static class SessionLevels
{
    /// <summary>One step for each level, a repetition after the other, so that drift over the run affects all numbers of users
    /// alike.</summary>
    public static IReadOnlyList<SweepStep> PlanSteps(SweepPlan plan) =>
    [
        .. from repetition in Enumerable.Range(1, plan.Repetitions)
           from users in plan.Sessions!.Users
           select CreateStep(plan, users, repetition),
    ];

    /// <summary>The step of a level.</summary>
    public static SweepStep CreateStep(SweepPlan plan, int users, int repetition) =>
        new(plan.Contexts.Max(context => context.Value), repetition, users)
        {
            Method = SweepMethod.Session,
            Requests = plan.Warmups + plan.Sessions!.CountRequests(users),
        };

    /// <summary>The levels that are not complete after these trials. A turn rests on all turns before it, so an interrupted level is
    /// measured again from its beginning; its earlier trials stay, and the later ones supersede them.</summary>
    public static IReadOnlyList<SweepStep> PlanRemainingSteps(SweepPlan plan, RunReport soFar)
    {
        if (plan.Sessions!.Search is not null)
            return new UsersWallSearch(plan).Next(soFar) is { } next ? [next] : [];
        var tried = FindTried(plan, soFar).ToDictionary(level => (level.Users, level.Repetition));
        return
        [
            .. PlanSteps(plan).Select(step => tried.TryGetValue((step.Concurrency, step.Repetition), out var level)
                ? level.IsComplete ? null : step with { EarlierAttempts = level.Turns }
                : step).OfType<SweepStep>(),
        ];
    }

    /// <summary>The levels with trials, in the order in which they began.</summary>
    public static IReadOnlyList<TriedLevel> FindTried(SweepPlan plan, RunReport soFar) =>
    [
        .. soFar.Trials.Select(view => view.Trial).Where(trial => trial.Session is not null).OrderBy(trial => trial.Number)
            .GroupBy(trial => (trial.Session!.Users, trial.Repetition))
            .Select(level => new TriedLevel(level.Key.Users, level.Key.Repetition, level.Count(),
                IsComplete([.. level], plan.Sessions!.CountRequests(level.Key.Users)))),
    ];

    // A failure is a result; a cancelled turn is none.
    private static bool IsComplete(List<Trial> turns, int requests)
    {
        var last = turns.TakeLast(requests).ToList();
        return last.Count == requests && !last.Exists(trial => trial.Outcome is Cancelled)
            && last.Select(trial => (trial.Session!.User, trial.Session.Turn)).Distinct().Count() == requests;
    }
}

/// <summary>A level with trials.</summary>
/// <param name="Users">Its users.</param>
/// <param name="Repetition">The repetition, from 1.</param>
/// <param name="Turns">Its trials, those of interrupted attempts included.</param>
/// <param name="IsComplete">Whether its last attempt tried every turn.</param>
internal sealed record TriedLevel(int Users, int Repetition, int Turns, bool IsComplete);
