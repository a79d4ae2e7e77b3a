namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which repetitions of one context are judged.</summary>
internal sealed record SpreadRules
{
    /// <summary>False alarm rate of each kind of test over all contexts of a level. Default 0.01: one steady level in a hundred gets a
    /// false verdict of each kind.</summary>
    public double SignificanceLevel { get; init; } = 0.01;
}
