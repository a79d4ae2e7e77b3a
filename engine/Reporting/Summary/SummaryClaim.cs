namespace MemoryWall.Reporting.Summary;

/// <summary>What a headline says beyond the numbers that were measured.</summary>
internal enum SummaryClaim
{
    /// <summary>Nothing: it states what was measured.</summary>
    None,

    /// <summary>Which phase takes most of the time.</summary>
    Dominance,

    /// <summary>That a rate changes with the context.</summary>
    RateChange,

    /// <summary>Where the memory wall is.</summary>
    Wall,

    /// <summary>That a system still answers where another one does not.</summary>
    Survival,

    /// <summary>That a system is faster or slower than another one.</summary>
    Difference,
}
