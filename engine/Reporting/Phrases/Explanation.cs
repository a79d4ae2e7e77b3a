namespace MemoryWall.Reporting.Phrases;

/// <summary>A value or an action in a few characters, what it means in one sentence, and what belongs to it.</summary>
/// <param name="Key">The value or the action.</param>
/// <param name="Headline">One sentence.</param>
/// <param name="Details">Further sentences.</param>
internal sealed record Explanation(string Key, string Headline, IReadOnlyList<string> Details);
