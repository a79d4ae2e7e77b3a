namespace MemoryWall.Reporting.Phrases;

/// <summary>Titles of what is exported.</summary>
internal static class ExportPhrases
{
    /// <summary>The title of the table of systems.</summary>
    public const string SystemsTitle = "Every system at every context";

    /// <summary>The title of the table of trials.</summary>
    public const string TrialsTitle = "Every trial, with what happened to it";
}
