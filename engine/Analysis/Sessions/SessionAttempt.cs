using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Sessions;

/// <summary>One repetition of a level of users. A conversation has no part that counts alone: after a stop a level begins anew, and only
/// its last complete attempt counts.</summary>
/// <param name="Users">Users of the level.</param>
/// <param name="Repetition">The repetition, from 1.</param>
/// <param name="IsComplete">Whether every turn of every user was tried.</param>
/// <param name="Requests">Its requests, in the order sent.</param>
internal sealed record SessionAttempt(int Users, int Repetition, bool IsComplete, IReadOnlyList<SessionRequest> Requests)
{
    /// <summary>The attempts that count, the fewest users first.</summary>
    /// <param name="trials">The trials of a run.</param>
    /// <param name="plan">What the run measures; null where it does not say.</param>
    public static IReadOnlyList<SessionAttempt> Find(IEnumerable<TrialView> trials, SessionPlan? plan) =>
    [
        .. trials.Where(view => view.Trial.Session is not null && !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(view => (view.Trial.Session!.Users, view.Trial.Repetition)).OrderBy(level => level.Key)
            .Select(level => Select(level.Key.Users, level.Key.Repetition, [.. level.OrderBy(view => view.Trial.Number)], plan)),
    ];

    /// <summary>Seconds from the first request to the end of the last answer; absent where they are not known.</summary>
    public double? Seconds
    {
        get
        {
            var known = Requests.Select(request => request.Trial.Client).ToList();
            if (known.Any(client => client is not { Sent: not null, TimeToEnd: not null }))
                return null;
            var (first, last) = (known.Min(client => client.Sent!.Value.Seconds),
                known.Max(client => client.Sent!.Value.Seconds + client.TimeToEnd!.Value.TotalSeconds));
            return last > first ? last - first : null;
        }
    }

    /// <summary>The same turns of the same users in the same repetitions.</summary>
    public static IEnumerable<(SessionRequest First, SessionRequest Second)> PairRequests(IReadOnlyList<SessionAttempt> first,
        IReadOnlyList<SessionAttempt> second)
    {
        foreach (var attempt in first)
        {
            // Only an edited file has a turn twice in an attempt.
            var partners = second.Where(other => other.Repetition == attempt.Repetition).SelectMany(other => other.Requests)
                .GroupBy(request => request.Place).ToDictionary(same => same.Key, same => same.Last());
            foreach (var request in attempt.Requests)
            {
                if (partners.TryGetValue(request.Place, out var partner))
                    yield return (request, partner);
            }
        }
    }

    private static SessionAttempt Select(int users, int repetition, IReadOnlyList<TrialView> trials, SessionPlan? plan)
    {
        var expected = plan is null ? null : plan.Trace is null ? (int?)(users * plan.Turns) : plan.Trace.Requests;
        var last = trials.GroupBy(Place).Select(same => same.Last()).OrderBy(view => view.Trial.Number).ToList();
        var attempt = expected is { } count ? FindComplete(trials, count) : null;
        return new SessionAttempt(users, repetition, expected is null || attempt is not null,
            WithWaits(attempt ?? last, isTrace: plan?.Trace is not null));
    }

    // An attempt tries every turn of every user once, one after the other: the last such stretch of trials. A turn that the user stopped
    // was not tried.
    private static IReadOnlyList<TrialView>? FindComplete(IReadOnlyList<TrialView> trials, int count)
    {
        for (var end = trials.Count; end >= count && count > 0; end--)
        {
            var stretch = trials.Skip(end - count).Take(count).ToList();
            if (stretch.Select(Place).Distinct().Count() == count && !stretch.Exists(view => view.Trial.Outcome is Cancelled))
                return stretch;
        }
        return null;
    }

    private static (int, int) Place(TrialView view) => (view.Trial.Session!.User, view.Trial.Session.Turn);

    // A recorded user asks at a given time; where the answer before it is still on its way, the wait is the user's too.
    private static IReadOnlyList<SessionRequest> WithWaits(IReadOnlyList<TrialView> views, bool isTrace)
    {
        double? Lead(TrialView view) => view.Trial.Client.Sent?.Seconds - view.Trial.Session!.Due.TotalSeconds;
        var start = isTrace ? views.Select(Lead).OfType<double>().DefaultIfEmpty(0).Min() : 0;
        return
        [
            .. views.Select(view => new SessionRequest(view,
                isTrace && Lead(view) is { } lead && lead - start < TimeSpan.MaxValue.TotalSeconds / 2
                    ? TimeSpan.FromSeconds(lead - start)
                    : TimeSpan.Zero)),
        ];
    }
}
