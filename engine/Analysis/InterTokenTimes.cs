using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>A time between two tokens that is much longer than the median of its trial.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="AfterTokens">Tokens generated before it.</param>
/// <param name="Seconds">How long it was.</param>
public sealed record Stall(int Trial, int AfterTokens, double Seconds);

/// <summary>The times between tokens at one context, over all trials whose chunks contain one token each.</summary>
public sealed record InterTokenTimes
{
    // With fewer gaps beyond it, a percentile is only another name for the largest value.
    private const double MinTailGaps = 1;

    /// <summary>Gaps in all.</summary>
    public required int Gaps { get; init; }

    /// <summary>Whose clock: the target's own where every trial has it, else the arrival at the client, which is less exact because of
    /// network and buffers.</summary>
    public required TimingSource Source { get; init; }

    /// <summary>Half of the gaps are shorter, in seconds.</summary>
    public required double P50Seconds { get; init; }

    /// <summary>9 of 10 are shorter; absent with fewer than 10 gaps.</summary>
    public double? P90Seconds { get; init; }

    /// <summary>99 of 100 are shorter; absent with fewer than 100 gaps.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>Jitter: the mean absolute difference between a gap and the next, in seconds (the difference D of RFC 3550, A.8,
    /// unsmoothed).</summary>
    public required double JitterSeconds { get; init; }

    /// <summary>Gaps of more than 5 times their trial's median.</summary>
    public required IReadOnlyList<Stall> Stalls { get; init; }

    /// <summary>The trials that it rests on.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>Trials that could not be timed, and why.</summary>
    public required IReadOnlyList<ExcludedTrial> NotTimed { get; init; }

    /// <summary>Summarizes trials; null where no trial could be timed token by token.</summary>
    internal static InterTokenTimes? Compute(IEnumerable<Trial> trials, IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks,
        SpreadRules rules)
    {
        var all = trials.Where(trial => marks.ContainsKey(trial.Number))
            .Select(trial => (trial.Number, Found: TokenGaps.Extract(trial, marks[trial.Number]))).ToList();
        var timed = all.Select(entry => entry.Found.Gaps).OfType<TokenGaps>().ToList();
        // The two clocks are not mixed, because the client's is less exact.
        var source = timed.All(gaps => gaps.Source == TimingSource.Native) ? TimingSource.Native : TimingSource.Client;
        timed = [.. timed.Where(gaps => gaps.Source == source)];
        if (timed.Count == 0)
            return null;
        double[] sorted = [.. timed.SelectMany(gaps => gaps.Seconds).Order()];
        double? Tail(double p) => sorted.Length * (1 - p) >= MinTailGaps - 1e-9 ? Quantiles.QuantileOfSorted(sorted, p) : null;
        return new InterTokenTimes
        {
            Gaps = sorted.Length,
            Source = source,
            P50Seconds = Quantiles.QuantileOfSorted(sorted, 0.5),
            P90Seconds = Tail(0.9),
            P99Seconds = Tail(0.99),
            JitterSeconds = timed.SelectMany(gaps => gaps.Seconds.Zip(gaps.Seconds.Skip(1), (one, next) => Math.Abs(next - one))).Average(),
            Stalls = [.. timed.SelectMany(gaps => FindStalls(gaps, rules))],
            Trials = [.. timed.Select(gaps => gaps.Trial)],
            NotTimed = [.. all.Where(entry => timed.All(gaps => gaps.Trial != entry.Number))
                .Select(entry => new ExcludedTrial(entry.Number,
                    entry.Found.Why ?? new OtherClock()))],
        };
    }

    /// <summary>The trials without times between tokens, and why.</summary>
    internal static IReadOnlyList<ExcludedTrial> FindNotTimed(IEnumerable<Trial> trials,
        IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> marks) =>
        [.. trials.Where(trial => marks.ContainsKey(trial.Number))
            .Select(trial => TokenGaps.Extract(trial, marks[trial.Number]).Why is { } why ? new ExcludedTrial(trial.Number, why) : null)
            .OfType<ExcludedTrial>()];

    private static IEnumerable<Stall> FindStalls(TokenGaps gaps, SpreadRules rules)
    {
        var usual = Quantiles.Median(gaps.Seconds);
        return gaps.Seconds.Select((seconds, place) => new Stall(gaps.Trial, place + 1, seconds))
            .Where(gap => gap.Seconds > rules.StallFactor * usual && usual > 0);
    }
}
