using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>The levels of a plan with conversations: each number of users once in every repetition.</summary>
internal static class SessionLevels
{
    /// <summary>One step for each level, a repetition after the other, so that drift over the run affects all numbers of users
    /// alike.</summary>
    public static IReadOnlyList<SweepStep> PlanSteps(SweepPlan plan)
    {
        var sessions = plan.Sessions!;
        return
        [
            .. from repetition in Enumerable.Range(1, plan.Repetitions)
               from users in sessions.Users
               select new SweepStep(plan.Contexts.Max(context => context.Value), repetition, users)
               {
                   Method = SweepMethod.Session,
                   Requests = plan.Warmups + sessions.CountRequests(users),
               },
        ];
    }

    /// <summary>The levels that are not complete after these trials. A turn rests on all turns before it, so an interrupted level is
    /// measured again from its beginning; its earlier trials stay, and the later ones supersede them.</summary>
    public static IReadOnlyList<SweepStep> PlanRemainingSteps(SweepPlan plan, RunReport soFar)
    {
        var turns = soFar.Trials.Select(view => view.Trial).Where(trial => trial.Session is not null)
            .ToLookup(trial => (trial.Session!.Users, trial.Repetition));
        return
        [
            .. PlanSteps(plan).Select(step => step with { EarlierAttempts = turns[(step.Concurrency, step.Repetition)].Count() })
                .Where(step => !IsComplete([.. turns[(step.Concurrency, step.Repetition)].OrderBy(trial => trial.Number)],
                    plan.Sessions!.CountRequests(step.Concurrency))),
        ];
    }

    // A failure is a result; a cancelled turn is none.
    private static bool IsComplete(List<Trial> turns, int requests)
    {
        var last = turns.TakeLast(requests).ToList();
        return last.Count == requests && !last.Exists(trial => trial.Outcome is Cancelled)
            && last.Select(trial => (trial.Session!.User, trial.Session.Turn)).Distinct().Count() == requests;
    }
}
