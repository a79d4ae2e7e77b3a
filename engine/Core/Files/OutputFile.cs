namespace MemoryWall.Core.Files;

/// <summary>The rule for files that a user names to be written: nothing is replaced that the command did not make, unless the user asks for
/// it, and never what it reads.</summary>
internal static class OutputFile
{
    private static readonly StringComparison s_pathComparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>What is wrong with writing a file; null where nothing is.</summary>
    /// <param name="output">The file.</param>
    /// <param name="inputs">The files and folders that the command reads.</param>
    /// <param name="mayReplace">Whether a file that exists may be replaced: the user said so, or the command made it.</param>
    public static string? FindProblem(string output, IEnumerable<string> inputs, bool mayReplace)
    {
        if (Directory.Exists(output))
            return $"'{output}' is a folder; name a file";
        if (inputs.Any(input => IsSame(input, output) || IsBelow(input, output)))
            return $"'{output}' is what this command reads, or in a folder of it; name another file";
        return mayReplace || FileFacts.Read(output) is null ? null
            : $"the file '{output}' exists; add --force to replace it, or name another one";
    }

    /// <summary>Whether a path leads to a file that exists and can be looked at: a pipe would wait.</summary>
    public static bool IsRegular(string path) => RegularFile.Exists(Resolve(path));

    /// <summary>Whether two paths lead to the same file, also by links. Where the system does not number files, by the paths alone, whose
    /// case does not count there.</summary>
    public static bool IsSame(string left, string right) => Resolve(left) is var first && Resolve(right) is var second
        && (first.Equals(second, s_pathComparison)
            || (FileFacts.Read(first)?.Identity is { } identity && FileFacts.Read(second)?.Identity == identity));

    // Each folder is resolved before the one above it is asked for, which is not the one above a link.
    private static bool IsBelow(string folder, string path)
    {
        if (!Directory.Exists(folder))
            return false;
        for (var parent = Path.GetDirectoryName(Resolve(path)); parent is not null; parent = Path.GetDirectoryName(Resolve(parent)))
        {
            if (IsSame(folder, parent))
                return true;
        }
        return false;
    }

    private static string Resolve(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException)
        {
            // A link that leads nowhere, or to itself.
            return full;
        }
    }
}
