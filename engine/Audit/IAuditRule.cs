namespace MemoryWall.Audit;

/// <summary>One way in which a result can be false, and how it shows in the result itself.</summary>
internal interface IAuditRule
{
    /// <summary>The rule's name: lower case, words joined by hyphens.</summary>
    string Name { get; }

    /// <summary>Where it was learnt.</summary>
    RuleOrigin Origin { get; }

    /// <summary>What speaks for it in a file; nothing where nothing does.</summary>
    IEnumerable<(string Sentence, IReadOnlyList<int> Records)> Check(AuditedFile file);
}
