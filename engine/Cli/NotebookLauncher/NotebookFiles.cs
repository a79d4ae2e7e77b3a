namespace MemoryWall.Cli.NotebookLauncher;

/// <summary>The notebooks of the checkout, by name.</summary>
internal static class NotebookFiles
{
    /// <summary>The checkout that holds the current folder, or this program.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static string FindCheckout() =>
        FindCheckoutAbove(Directory.GetCurrentDirectory()) ?? FindCheckoutAbove(AppContext.BaseDirectory)
        ?? throw new FormatException(
            "there is no checkout of MemoryWall around this folder or this program, so there are no notebooks; --notebooks DIR names their folder");

    /// <summary>The notebook of this name: the file's, with or without its number and ending.</summary>
    /// <exception cref="FormatException">There is none; the message lists those that are there.</exception>
    public static string Find(string folder, string name)
    {
        var all = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.ipynb").Order(StringComparer.Ordinal).ToList() : [];
        var wanted = name.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) ? name[..^".ipynb".Length] : name;
        return all.Find(file => Path.GetFileNameWithoutExtension(file) == wanted) ?? all.Find(file => ShortName(file) == wanted)
            ?? throw new FormatException(
                $"there is no notebook '{name}' in {folder}; there {(all.Count == 0 ? "are none" : $"are {string.Join(", ", all.Select(ShortName))}")}");
    }

    /// <summary>The name without its number: <c>context-sweep</c> of <c>01-context-sweep.ipynb</c>.</summary>
    public static string ShortName(string file) =>
        Path.GetFileNameWithoutExtension(file).TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimStart('-');

    private static string? FindCheckoutAbove(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Analysis.sln")))
                return folder.FullName;
        return null;
    }
}
