using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>What one system did with one number of users.</summary>
internal sealed record SessionLevel
{
    /// <summary>Users.</summary>
    public required int Users { get; init; }

    /// <summary>Repetitions.</summary>
    public required int Repetitions { get; init; }

    /// <summary>Repetitions in which not every turn was tried.</summary>
    public required int Incomplete { get; init; }

    /// <summary>All requests.</summary>
    public required SessionGroup All { get; init; }

    /// <summary>Those of users who come back, whose prompts begin with an earlier one; absent where none do.</summary>
    public SessionGroup? Returning { get; init; }

    /// <summary>The requests of each turn.</summary>
    public required IReadOnlyList<SessionGroup> Turns { get; init; }

    /// <summary>The requests by the length of their prompt, each up to the next power of two.</summary>
    public required IReadOnlyList<SessionGroup> Contexts { get; init; }

    /// <summary>Completed requests per second, with its interval over repetitions; absent where the times are not known.</summary>
    public Estimate? RequestsPerSecond { get; init; }

    /// <summary>Dropped conversations in one repetition, the median; absent where the target does not report them.</summary>
    public double? Evictions { get; init; }

    /// <summary>Bytes that one repetition wrote to storage, the median; absent where the target does not report them.</summary>
    public double? SavedBytes { get; init; }

    /// <summary>The repetitions.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<SessionAttempt> Attempts { get; private init; } = [];

    /// <summary>Summarizes the attempts of one number of users, one or more.</summary>
    public static SessionLevel Create(IReadOnlyList<SessionAttempt> attempts)
    {
        var requests = attempts.SelectMany(attempt => attempt.Requests).ToList();
        var returning = requests.Where(request => request.IsReturning).ToList();
        double[] rates = [.. attempts.Select(attempt =>
            attempt.Requests.Count(request => request.Trial.Outcome.IsCompleted) / attempt.Seconds).OfType<double>()];
        double? Median(Func<SessionRequest, long?> value) =>
            Quantiles.MedianOfKnown(attempts.Select(attempt => (double?)SessionGroup.Sum(attempt.Requests, value)));
        return new SessionLevel
        {
            Users = attempts[0].Users,
            Repetitions = attempts.Count,
            Incomplete = attempts.Count(attempt => !attempt.IsComplete),
            All = SessionGroup.Create(requests),
            Returning = returning.Count > 0 ? SessionGroup.Create(returning) : null,
            Turns = [.. requests.GroupBy(request => request.Turn.Turn).OrderBy(turn => turn.Key)
                .Select(turn => SessionGroup.Create([.. turn]))],
            Contexts = [.. requests.GroupBy(request => Band(request.Trial.ContextTokens)).OrderBy(band => band.Key)
                .Select(band => SessionGroup.Create([.. band]))],
            RequestsPerSecond = rates.Length > 0 ? Bootstrap.EstimateMedian(rates) : null,
            Evictions = Median(request => request.Turn.Evictions),
            SavedBytes = Median(request => request.Turn.SavedBytes),
            Attempts = attempts,
        };
    }

    private static uint Band(int tokens) => System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, tokens));
}
