using MemoryWall.Runs.Archives;

namespace MemoryWall.Dashboard.Http;

/// <summary>Problems as the page shows them: it may be on a projector, so folders of this machine are left out.</summary>
internal static class ProblemText
{
    /// <summary>The text without folders.</summary>
    public static string Clean(string text) => ArchiveText.Clean(text);
}
