namespace MemoryWall.Audit;

/// <summary>One way in which a result can be false, detected from the result itself.</summary>
internal interface IAuditRule
{
    /// <summary>The rule's name: lower case, words joined by hyphens.</summary>
    string Name { get; }

    /// <summary>Its origin.</summary>
    RuleOrigin Origin { get; }

    /// <summary>The findings in a file, none where the rule does not apply.</summary>
    IEnumerable<(AuditEvidence Evidence, IReadOnlyList<int> Records)> Check(AuditedFile file);
}
