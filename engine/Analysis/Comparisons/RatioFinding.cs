using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Comparisons;

/// <summary>A ratio of two measured quantities, and whether the data support calling it a difference.</summary>
public sealed record RatioFinding
{
    /// <summary>
    /// Second ÷ first. Its interval has the level that remains for this ratio among all of its comparison; with fewer than 5 pairs it is
    /// the range of the values, with one there is none.
    /// </summary>
    public required Estimate Ratio { get; init; }

    /// <summary>The conclusion. Only <see cref="RatioVerdict.Lower"/> and <see cref="RatioVerdict.Higher"/> are a difference.</summary>
    public required RatioVerdict Verdict { get; init; }

    /// <summary>The ratios that differ from 1 so little that the state of the machine or another start of the server can be the
    /// cause. A difference is called only where the whole interval is outside.</summary>
    public required Interval NoDifferenceZone { get; init; }

    /// <summary>Pairs of repetitions that the ratio rests on, or the repetitions of the side that has fewer.</summary>
    public required int Pairs { get; init; }

    /// <summary>How many of them had interference.</summary>
    public required int PairsWithInterference { get; init; }

    /// <summary>Further pairs that are not used because of interference, since enough others remain.</summary>
    public required int ExcludedPairs { get; init; }

    /// <summary>Whether the two sides took turns in time.</summary>
    public required bool IsInterleaved { get; init; }

    /// <summary>How many more pairs a conclusion needs, 0 where there are enough.</summary>
    public required int MissingPairs { get; init; }

    /// <summary>Whether the data show a difference.</summary>
    public bool IsDifference => Verdict is RatioVerdict.Lower or RatioVerdict.Higher;
}
