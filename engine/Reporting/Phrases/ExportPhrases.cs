namespace MemoryWall.Reporting.Phrases;

/// <summary>Titles of what is exported.</summary>
internal static class ExportPhrases
{
    /// <summary>The title of the table of systems.</summary>
    public const string SystemsTitle = "Every system at every context";

    /// <summary>The title of the table of the steps of TTFT.</summary>
    public const string TtftTitle = "What happens before the first token";

    /// <summary>The title of the table of conversations.</summary>
    public const string SessionsTitle = "Every system with every number of users";

    /// <summary>The title of the table of turns.</summary>
    public const string TurnsTitle = "Every turn of the conversations";

    /// <summary>The title of the table of trials.</summary>
    public const string TrialsTitle = "Every trial, with what happened to it";

    /// <summary>What a zip file of runs does not contain.</summary>
    public const string ArchiveContent = "The zip file has no server.log, and paths in it have no folders, so that it can be given away.";

    /// <summary>A zip file of runs that cannot be checked.</summary>
    public const string NoChecksums = "The file has no checksums, so damage on its way is not noticed.";
}
