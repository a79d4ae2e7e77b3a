namespace MemoryWall.Reporting.Phrases;

/// <summary>Problems that were met when a run was read.</summary>
internal static class ReadWarningPhrases
{
    // A run of an older version has a warning for each column that was added since.
    private const int MaxWarnings = 3;

    /// <summary>A line for each of the first warnings, and one for the rest.</summary>
    public static IEnumerable<string> Format(IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings.Take(MaxWarnings))
            yield return $"warning: {warning}";
        if (warnings.Count > MaxWarnings)
            yield return $"warning: … and {warnings.Count - MaxWarnings} more";
    }
}
