namespace MemoryWall.Audit;

/// <summary>The origin of a rule.</summary>
/// <param name="Issue">The public thread, as <c>owner/project#number</c>.</param>
/// <param name="Summary">The problem reported there, in one sentence.</param>
public sealed record RuleOrigin(string Issue, string Summary);

/// <summary>A reason to doubt a result.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Sentence">The finding, with its numbers.</param>
/// <param name="Records">The records that it rests on.</param>
/// <param name="Origin">The origin of the rule.</param>
public sealed record AuditFinding(string Rule, string Sentence, IReadOnlyList<int> Records, RuleOrigin Origin);
