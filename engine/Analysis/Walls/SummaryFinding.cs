namespace MemoryWall.Analysis.Walls;

/// <summary>One finding of a page to hand over.</summary>
/// <param name="KeyNumber">The number that says it, in few characters: <c>24% → 95%</c>.</param>
/// <param name="Headline">The finding in one sentence.</param>
/// <param name="Details">What belongs to it: limits, intervals, losses; a sentence each.</param>
/// <param name="Trials">Numbers of the trials of the sweep that it rests on; none where it rests on whole runs.</param>
public sealed record SummaryFinding(string KeyNumber, string Headline, IReadOnlyList<string> Details, IReadOnlyList<int> Trials);
