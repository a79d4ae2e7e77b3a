namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which repetitions of one context are judged.</summary>
internal sealed record SpreadRules
{
    /// <summary>False alarm rate of each kind of test over all contexts of a level. Default 0.01: one steady level in a hundred gets a
    /// false verdict of each kind.</summary>
    public double SignificanceLevel { get; init; } = 0.01;

    /// <summary>How many times the median of its trial a time between tokens must be to count as a stall. Default 5: a garbage collection
    /// or a page fault, not a slow step.</summary>
    public double StallFactor { get; init; } = 5;
}
