namespace MemoryWall.Reporting.Summary;

/// <summary>One finding of a summary page.</summary>
/// <param name="KeyNumber">The most important number, in a few characters: <c>24% → 95%</c>.</param>
/// <param name="Headline">The finding in one sentence.</param>
/// <param name="Details">Limits, intervals and losses that belong to it, one sentence each.</param>
/// <param name="Trials">Numbers of the sweep's trials that it rests on; none where it rests on whole runs.</param>
public sealed record SummaryFinding(string KeyNumber, string Headline, IReadOnlyList<string> Details, IReadOnlyList<int> Trials);
