using System.Text.RegularExpressions;

namespace MemoryWall.Machine.Linux;

/// <summary>A swap space in use.</summary>
/// <param name="Path">Its device or file.</param>
/// <param name="IsPartition">Whether it is a partition; else it is a file.</param>
internal sealed record SwapSpace(string Path, bool IsPartition);

/// <summary>Reads <c>/proc/swaps</c>.</summary>
internal static partial class SwapTable
{
    /// <summary>The swap spaces in use; empty where there are none or the file cannot be read.</summary>
    public static IReadOnlyList<SwapSpace> Read(LinuxRoot root)
    {
        var spaces = new List<SwapSpace>();
        foreach (var line in (LinuxRoot.ReadText(Path.Combine(root.Proc, "swaps")) ?? "").Split('\n').Skip(1))
        {
            // Filename Type Size Used Priority.
            var fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 5)
                spaces.Add(new SwapSpace(Unescape(fields[0]), fields[1] == "partition"));
        }
        return spaces;
    }

    // The kernel writes blank, tab, line feed and backslash as three octal digits after a backslash (seq_file_path).
    private static string Unescape(string path) =>
        OctalEscape().Replace(path, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})", RegexOptions.CultureInvariant)]
    private static partial Regex OctalEscape();
}
