using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Review;

/// <summary>How the chunks of an answer arrived at the client: singly, or several together.</summary>
/// <param name="Pieces">Separate arrivals.</param>
/// <param name="InFirst">Chunks of the first of them; null in files of earlier versions.</param>
internal readonly record struct ArrivalPattern(int Pieces, int? InFirst)
{
    /// <summary>How long a chunk of a later arrival took in the median, in seconds, so that one long pause does not count; null without
    /// marks, or with one arrival.</summary>
    public double? SecondsPerChunk { get; private init; }

    /// <summary>Reads the marks where they are at hand, else the stored counts; null without both.</summary>
    public static ArrivalPattern? Read(Trial trial, IReadOnlyList<StreamMark>? marks, TrialRules rules)
    {
        if (marks is null)
            return trial.Arrivals is { } stored ? new(stored, trial.FirstArrivalChunks) : null;
        var arrivals = StreamArrivals.Split(marks, FindGap(marks, rules)).ToList();
        // A file may contain any instants, so 64 bits may not hold their difference.
        var paces = arrivals.Zip(arrivals.Skip(1),
            (one, next) => (double)((Int128)next.Began.Nanoseconds - one.Began.Nanoseconds) / 1e9 / next.Chunks).ToList();
        return new(arrivals.Count, arrivals.FirstOrDefault().Chunks)
        {
            SecondsPerChunk = paces.Count == 0 ? null : Quantiles.Median(paces),
        };
    }

    /// <summary>
    /// The time between two chunks of a stream below which they arrived as one: a share of the mean. One pause is a stall and says nothing
    /// about the others, so the longest time does not count.
    /// </summary>
    /// <param name="marks">What arrived, in order of arrival.</param>
    /// <param name="rules">The thresholds.</param>
    public static TimeSpan FindGap(IReadOnlyList<StreamMark> marks, TrialRules rules)
    {
        var arrived = marks.Where(mark => mark.Kind != MarkKind.Prefill).Select(mark => mark.Arrived.Nanoseconds).ToList();
        var gaps = arrived.Zip(arrived.Skip(1), (one, next) => (double)((Int128)next - one) / 1e9).ToList();
        if (gaps.Count < 2)
            return rules.MinArrivalGap;
        var seconds = rules.MaxBurstShare * (gaps.Sum() - gaps.Max()) / (gaps.Count - 1);
        return TimeSpan.FromSeconds(Math.Clamp(seconds, rules.MinArrivalGap.TotalSeconds, rules.MaxBurstGap.TotalSeconds));
    }

    /// <summary>Whether the first arrival has chunks that were collected on their way. A client that wakes up late once reads two at once,
    /// so that two say it only where later arrivals have several, too.</summary>
    /// <param name="chunks">All chunks.</param>
    /// <param name="rules">The thresholds.</param>
    public bool IsFirstCollected(int chunks, TrialRules rules) =>
        InFirst > 2 || InFirst == 2 && chunks - 2 >= rules.MinCollectedChunks * (Pieces - 1);
}
