namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which repetitions of one context are judged.</summary>
internal sealed record SpreadRules
{
    /// <summary>False alarm rate of each kind of test over all contexts of a level. Default 0.01: one steady level in a hundred gets a
    /// false verdict of each kind.</summary>
    public double SignificanceLevel { get; init; } = 0.01;

    /// <summary>Repetitions without interference from which a summary rests on them alone. Default 2: a single one cannot be checked by
    /// another. Other work makes trials slower by factors and never faster, so that with two undisturbed ones the disturbed ones add
    /// nothing: 66, 44 and 532 tokens/s of one context, of which 532 was undisturbed, had the median 66.</summary>
    public int MinUndisturbed { get; init; } = 2;

    /// <summary>How many times the median of its trial a time between tokens must be to count as a stall. Default 5: a garbage collection
    /// or a page fault, not a slow step.</summary>
    public double StallFactor { get; init; } = 5;

    /// <summary>The values that a summary rests on: the undisturbed ones where they are enough, else all.</summary>
    /// <param name="all">The values.</param>
    /// <param name="isDisturbed">Whether other work on the machine disturbed one.</param>
    public IReadOnlyList<T> SelectUsed<T>(IReadOnlyList<T> all, Func<T, bool> isDisturbed)
    {
        var clean = all.Where(value => !isDisturbed(value)).ToList();
        return clean.Count >= MinUndisturbed ? clean : all;
    }
}
