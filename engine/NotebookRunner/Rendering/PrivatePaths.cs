using System.Text.RegularExpressions;
using MemoryWall.Core.Files;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// Takes the folders of this machine out of texts: the home folder, the program's own files and temporary files name people and projects
/// that the reader of a page has nothing to do with. Of a path below them its last part stays.
/// </summary>
internal sealed class PrivatePaths
{
    private readonly Regex? _paths;

    /// <param name="roots">The folders; null, empty and root folders are ignored.</param>
    public PrivatePaths(params IEnumerable<string?> roots)
    {
        var known = roots.OfType<string>().Select(root => root.TrimEnd('/', '\\')).Where(root => root.Length > 3)
            .Distinct(StringComparer.Ordinal).OrderByDescending(root => root.Length).Select(Regex.Escape).ToList();
        // The end of a path is not marked, so characters that are rare in names and common around them end it.
        var rest = OperatingSystem.IsWindows() ? @"(?:[/\\][^\s""'<>|;,&)\]]*)?" : @"(?:/[^\s""'<>|;,&)\]\\]*)?";
        _paths = known.Count == 0
            ? null
            : new Regex($@"(?<![\w.+/\\-])(?:{string.Join('|', known)})(?![\w-]){rest}", RegexOptions.CultureInvariant);
    }

    /// <summary>The folders of this machine.</summary>
    public static PrivatePaths OfThisMachine { get; } = new(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        ProgramFiles.FindAbove(AppContext.BaseDirectory), ProgramFiles.FindAbove(Directory.GetCurrentDirectory()), Path.GetTempPath(),
        Environment.GetEnvironmentVariable("MEMWALL_RUNS"));

    /// <summary>The text without the folders.</summary>
    public string Remove(string text) => _paths?.Replace(text, match => GetLastPart(match.Value)) ?? text;

    private static string GetLastPart(string path)
    {
        var trimmed = path.TrimEnd('/', '\\', '.', ':');
        return trimmed[(trimmed.LastIndexOfAny(['/', '\\']) + 1)..] + path[trimmed.Length..].TrimStart('/', '\\');
    }
}
