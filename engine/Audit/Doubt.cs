namespace MemoryWall.Audit;

/// <summary>Where a rule was learnt.</summary>
/// <param name="Issue">The public thread, as <c>owner/project#number</c>.</param>
/// <param name="Summary">What happened there, in one sentence.</param>
public sealed record RuleOrigin(string Issue, string Summary);

/// <summary>A reason to doubt a result.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Sentence">What was found, with its figures.</param>
/// <param name="Records">The records that it rests on.</param>
/// <param name="Origin">Where the rule was learnt.</param>
public sealed record Doubt(string Rule, string Sentence, IReadOnlyList<int> Records, RuleOrigin Origin);
