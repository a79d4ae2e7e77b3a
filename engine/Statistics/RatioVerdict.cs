namespace MemoryWall.Statistics;

/// <summary>The conclusion from a ratio and its interval.</summary>
public enum RatioVerdict
{
    /// <summary>Too few values for a conclusion.</summary>
    TooFew,

    /// <summary>The interval reaches the zone around 1 in which a ratio is no difference: none is shown, and none is excluded.</summary>
    NoDifferenceShown,

    /// <summary>Below 1: the whole interval is below that zone.</summary>
    Lower,

    /// <summary>Above 1: the whole interval is above that zone.</summary>
    Higher,

    /// <summary>The two are equal within the margin, and the data suffice to show it.</summary>
    Equivalent,
}
