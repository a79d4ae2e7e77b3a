using MemoryWall.Analysis.Review;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>Requests that are alike: of one turn, of contexts of about the same length, or of a whole level.</summary>
internal sealed record SessionGroup
{
    /// <summary>The turn; absent for requests of several turns.</summary>
    public int? Turn { get; init; }

    /// <summary>The shortest prompt.</summary>
    public required int MinTokens { get; init; }

    /// <summary>The longest prompt.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>All requests.</summary>
    public required int Requests { get; init; }

    /// <summary>Those that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Those that the user stopped, which are no failures.</summary>
    public required int Cancelled { get; init; }

    /// <summary>Median TTFT in seconds, with its interval over repetitions; absent where none is known.</summary>
    public Estimate? TtftP50 { get; init; }

    /// <summary>TTFT that 95% of the requests do not exceed, in seconds, with its interval over repetitions; absent where none is
    /// known.</summary>
    public Estimate? TtftP95 { get; init; }

    /// <summary>Reused ÷ known tokens, 0 to 1; absent where the target does not report reused tokens, or none were known.</summary>
    public double? ReuseShare { get; init; }

    /// <summary>Prompt tokens that were computed; absent where the target does not report reused tokens.</summary>
    public long? ComputedTokens { get; init; }

    /// <summary>Tokens from copies in RAM; absent where the target does not report them.</summary>
    public long? RamTokens { get; init; }

    /// <summary>Bytes per second of bringing copies from RAM into the context, all of them together; absent where the target does not
    /// report it.</summary>
    public double? RamBytesPerSecond { get; init; }

    /// <summary>Tokens from storage; absent where the target does not report them.</summary>
    public long? StorageTokens { get; init; }

    /// <summary>Bytes that were loaded from storage; absent where the target does not report them.</summary>
    public long? StorageBytes { get; init; }

    /// <summary>Bytes per second of loading, all loads together; absent where the target does not report them.</summary>
    public double? LoadBytesPerSecond { get; init; }

    /// <summary>Median time in the server's queue, in seconds; absent where the target does not report it.</summary>
    public double? QueueSeconds { get; init; }

    /// <summary>Turns that asked for a hidden number and were answered; absent where none did.</summary>
    public int? NeedlesAsked { get; init; }

    /// <summary>Those whose answer has the number; absent where none asked.</summary>
    public int? NeedlesFound { get; init; }

    /// <summary>Requests that other work on the machine disturbed.</summary>
    public required int WithInterference { get; init; }

    /// <summary>The trials.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>Summarizes requests, one or more.</summary>
    /// <param name="requests">The requests, with the repetition that each belongs to.</param>
    public static SessionGroup Create(IReadOnlyList<SessionRequest> requests)
    {
        var repetitions = requests.GroupBy(request => request.Trial.Repetition)
            .Select(same => same.Select(request => request.Ttft).OfType<double>().ToList()).Where(known => known.Count > 0).ToList();
        var reused = requests.Where(request => request.Reused is not null).ToList();
        var known = reused.Sum(request => (long)request.Turn.KnownTokens);
        var loads = requests.Select(request => request.Trial.Tier)
            .Where(tier => tier is { ResumedTokens: > 0, StateBytes: > 0, Resume.Ticks: > 0 }).ToList();
        var copies = requests.Select(request => request.Turn).Where(turn => turn is { RamBytes: > 0, RamTime.Ticks: > 0 }).ToList();
        var needles = requests.Select(request => request.Turn.IsNeedleFound).OfType<bool>().ToList();
        return new SessionGroup
        {
            Turn = requests.Select(request => request.Turn.Turn).Distinct().ToList() is [var only] ? only : null,
            MinTokens = requests.Min(request => request.Trial.ContextTokens),
            MaxTokens = requests.Max(request => request.Trial.ContextTokens),
            Requests = requests.Count,
            Failed = requests.Count(request => request.Trial.IsFailure()),
            Cancelled = requests.Count(request => request.Trial.Outcome is Core.Trials.Cancelled),
            TtftP50 = Estimate(repetitions, 0.5),
            TtftP95 = Estimate(repetitions, 0.95),
            ReuseShare = known > 0 ? (double)reused.Sum(request => (long)request.Reused!.Value) / known : null,
            ComputedTokens = Sum(reused, request => request.Trial.ContextTokens - request.Trial.CachedPromptTokens),
            RamTokens = Sum(requests, request => request.Turn.RamTokens),
            RamBytesPerSecond = copies.Count == 0
                ? null
                : copies.Sum(turn => (double)turn.RamBytes!.Value) / copies.Sum(turn => turn.RamTime!.Value.TotalSeconds),
            StorageTokens = Sum(requests, request => request.Trial.Tier?.ResumedTokens),
            StorageBytes = Sum(requests, request => request.Trial.Tier is { ResumedTokens: > 0 } tier ? tier.StateBytes : null),
            LoadBytesPerSecond = loads.Count == 0
                ? null
                : loads.Sum(tier => (double)tier!.StateBytes!.Value) / loads.Sum(tier => tier!.Resume!.Value.TotalSeconds),
            QueueSeconds = Quantiles.MedianOfKnown(
                requests.Select(request => (request.Turn.Queue ?? request.Trial.Server.Queue)?.TotalSeconds)),
            NeedlesAsked = needles.Count > 0 ? needles.Count : null,
            NeedlesFound = needles.Count > 0 ? needles.Count(found => found) : null,
            WithInterference = requests.Count(request => request.HasInterference),
            Trials = [.. requests.Select(request => request.Trial.Number).Order()],
        };
    }

    // The value of all requests; users of one repetition share the state of the machine, so the interval is that of repetitions.
    private static Estimate? Estimate(IReadOnlyList<IReadOnlyList<double>> repetitions, double quantile) => repetitions.Count == 0
        ? null
        : Bootstrap.EstimateMedian([.. repetitions.Select(known => Quantiles.Quantile(known, quantile))])
            with
        { Value = Quantiles.Quantile(repetitions.SelectMany(known => known), quantile) };

    internal static long? Sum(IEnumerable<SessionRequest> requests, Func<SessionRequest, long?> value)
    {
        var known = requests.Select(value).OfType<long>().ToList();
        return known.Count == 0 ? null : known.Sum();
    }
}
