using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>One repetition of a level compared with the limit.</summary>
/// <param name="Repetition">The repetition.</param>
/// <param name="P95Seconds">TTFT that 95% of its requests do not exceed; absent where none is known.</param>
/// <param name="Failed">Requests that failed.</param>
/// <param name="HasInterference">Whether other work on the machine disturbed more than half of its requests.</param>
/// <param name="Meets">Whether it meets the limit; absent where that is unknown.</param>
internal sealed record UsersTry(int Repetition, double? P95Seconds, int Failed, bool HasInterference, bool? Meets);

/// <summary>A number of users compared with the limit.</summary>
/// <param name="Users">The users.</param>
/// <param name="Tries">Its repetitions.</param>
internal sealed record UsersEvidence(int Users, IReadOnlyList<UsersTry> Tries)
{
    /// <summary>Repetitions that meet the limit.</summary>
    public int Met => Tries.Count(attempt => attempt.Meets == true);

    /// <summary>Repetitions that do not.</summary>
    public int Missed => Tries.Count(attempt => attempt.Meets == false);
}

/// <summary>
/// The users wall: the largest number of users whose p95 TTFT meets a limit, and the smallest that does not. As for the memory wall, a
/// level that other work on the machine disturbed is no evidence alone, and larger levels that meet the limit speak against it.
/// </summary>
internal sealed record UsersWall
{
    /// <summary>The limit, in seconds.</summary>
    public required double LimitSeconds { get; init; }

    /// <summary>The largest number of users below the wall that meets the limit; absent where none does.</summary>
    public int? InsideUsers { get; init; }

    /// <summary>The smallest number of users that does not meet it; absent where no wall was found.</summary>
    public int? BeyondUsers { get; init; }

    /// <summary>Numbers of users that missed the limit without enough evidence for a wall, smallest first.</summary>
    public IReadOnlyList<int> Unconfirmed { get; init; } = [];

    /// <summary>The largest number of users that met the limit in each repetition, with its interval; 0 where a repetition met it for
    /// none. A repetition counts where it tried every number up to the first that misses. Absent where none does.</summary>
    public Estimate? Users { get; init; }

    /// <summary>Each level, the fewest users first.</summary>
    public required IReadOnlyList<UsersEvidence> Levels { get; init; }

    /// <summary>Finds the wall of a system.</summary>
    /// <param name="levels">Its levels.</param>
    /// <param name="limitSeconds">The longest TTFT, above 0.</param>
    /// <param name="rules">What evidence suffices.</param>
    public static UsersWall Find(IReadOnlyList<SessionLevel> levels, double limitSeconds, WallRules rules)
    {
        var evidence = levels.OrderBy(level => level.Users)
            .Select(level => new UsersEvidence(level.Users, [.. level.Attempts.Select(attempt => Judge(attempt, limitSeconds))])).ToList();
        var missed = evidence.Where(level => level.Missed > 0).Select(level => level.Users).ToList();
        int? beyond = missed.Where(users => IsSupported(evidence, users, rules)).Select(users => (int?)users).FirstOrDefault();
        return new UsersWall
        {
            LimitSeconds = limitSeconds,
            BeyondUsers = beyond,
            InsideUsers = evidence.Where(level => level.Met > 0 && level.Missed == 0 && (beyond is null || level.Users < beyond))
                .Select(level => (int?)level.Users).Max(),
            Unconfirmed = [.. missed.Where(users => beyond is null || users < beyond)],
            Users = Estimate(evidence),
            Levels = evidence,
        };
    }

    private static UsersTry Judge(SessionAttempt attempt, double limit)
    {
        var times = attempt.Requests.Select(request => request.Ttft).OfType<double>().ToList();
        var failed = attempt.Requests.Count(request => request.Trial.IsFailure());
        // A request without an answer waits longer than any limit.
        double? p95 = times.Count == 0 ? null : Quantiles.Quantile(times.Concat(Enumerable.Repeat(double.MaxValue, failed)), 0.95);
        return new UsersTry(attempt.Repetition, p95 > TimeSpan.MaxValue.TotalSeconds ? null : p95, failed,
            2 * attempt.Requests.Count(request => request.HasInterference) > attempt.Requests.Count,
            p95 is { } known ? known <= limit : failed > 0 ? false : null);
    }

    // Evidence at a larger level supports a smaller one, unless the limit is met there.
    private static bool IsSupported(IReadOnlyList<UsersEvidence> levels, int users, WallRules rules)
    {
        var here = levels.First(level => level.Users == users);
        // Requests that end without an answer are no slowness that other programs cause.
        if (here.Tries.Any(attempt => attempt is { Failed: > 0, Meets: false }) && here.Missed > here.Met)
            return true;
        var farther = levels.Where(level => level.Users >= users).SelectMany(level => level.Tries).ToList();
        var evidence = farther.Where(attempt => attempt.Meets == false).ToList();
        return evidence.Count >= rules.MinTrialsOfSharedEvidence
            && evidence.Count > farther.Count(attempt => attempt.Meets == true)
            && here.Missed >= here.Met
            && evidence.Count(attempt => !attempt.HasInterference) >= rules.MinUndisturbedTrials;
    }

    private static Estimate? Estimate(IReadOnlyList<UsersEvidence> levels)
    {
        double[] walls =
        [
            .. levels.SelectMany(level => level.Tries).Select(attempt => attempt.Repetition).Distinct().Order()
                .Select(repetition => FindLargest(levels, repetition)).OfType<double>(),
        ];
        return walls.Length == 0 ? null : Bootstrap.EstimateMedian(walls);
    }

    // A number that was tried once more alone says nothing about the numbers below it.
    private static double? FindLargest(IReadOnlyList<UsersEvidence> levels, int repetition)
    {
        var largest = 0;
        foreach (var level in levels)
        {
            var judged = level.Tries.FirstOrDefault(attempt => attempt.Repetition == repetition)?.Meets;
            if (judged is null)
                return null;
            if (judged == false)
                break;
            largest = level.Users;
        }
        return largest;
    }
}
