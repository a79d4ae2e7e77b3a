namespace MemoryWall.Audit;

/// <summary>The origin of a rule.</summary>
/// <param name="Issue">The public thread, as <c>owner/project#number</c>.</param>
/// <param name="Summary">The problem reported there, in one sentence.</param>
public sealed record RuleOrigin(string Issue, string Summary);

/// <summary>A reason to doubt a result.</summary>
public sealed record AuditFinding
{
    internal AuditFinding(IAuditRule rule, AuditEvidence evidence, IReadOnlyList<int> records) =>
        (Rule, Origin, Evidence, Records) = (rule.Name, rule.Origin, evidence, records);

    /// <summary>The rule's name.</summary>
    public string Rule { get; }

    /// <summary>The origin of the rule.</summary>
    public RuleOrigin Origin { get; }

    /// <summary>The records that it rests on.</summary>
    public IReadOnlyList<int> Records { get; }

    /// <summary>What was found, with its values.</summary>
    internal AuditEvidence Evidence { get; }
}
