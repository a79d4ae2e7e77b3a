using System.Text;

namespace MemoryWall.Charts;

/// <summary>Marks of files that this program has made, so that a later page may replace them and no other file.</summary>
internal static class PageMark
{
    /// <summary>In the head of every page.</summary>
    public const string Html = "<meta name=\"generator\" content=\"MemoryWall\">";

    /// <summary>The last line of a page that was printed to PDF, where it is a comment.</summary>
    public const string Pdf = "%MemoryWall page";

    // The head of a page begins within the first bytes, whatever follows.
    private const int LookedAtBytes = 4096;

    /// <summary>Whether a file has one of the marks.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static bool IsOn(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(file, 0).Contains(Html, StringComparison.Ordinal)
            || Read(file, Math.Max(0, file.Length - LookedAtBytes)).TrimEnd().EndsWith(Pdf, StringComparison.Ordinal);
    }

    private static string Read(FileStream file, long from)
    {
        var bytes = new byte[LookedAtBytes];
        file.Position = from;
        return Encoding.Latin1.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
