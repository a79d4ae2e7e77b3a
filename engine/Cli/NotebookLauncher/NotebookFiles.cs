using MemoryWall.Core.Files;
using MemoryWall.Runs;

namespace MemoryWall.Cli.NotebookLauncher;

/// <summary>The notebooks that come with the program, by name, and where reports go.</summary>
internal static class NotebookFiles
{
    /// <summary>The folder of the notebooks around the current folder, else of this program.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static string FindFolder() => ProgramFiles.FindNotebooks()
        ?? throw new FormatException(
            $"no notebooks lie above this folder or this program ({AppContext.BaseDirectory}); run this in a checkout of MemoryWall, "
            + "or install memwall again");

    /// <summary>The folder of the reports: <c>reports</c> of the checkout around the current folder or this program, else of the current
    /// folder.</summary>
    public static string ReportsFolder => Path.Combine(Checkout.Find() ?? Directory.GetCurrentDirectory(), "reports");

    /// <summary>The notebook of this name, with or without its number and file extension.</summary>
    /// <exception cref="FormatException">There is none; the message lists the notebooks in the folder.</exception>
    public static string Find(string folder, string name)
    {
        var all = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.ipynb").Order(StringComparer.Ordinal).ToList() : [];
        var wanted = name.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) ? name[..^".ipynb".Length] : name;
        return all.Find(file => Path.GetFileNameWithoutExtension(file) == wanted) ?? all.Find(file => ShortName(file) == wanted)
            ?? throw new FormatException($"NOTEBOOK: there is no '{name}' in {folder}, which contains {FormatNames(all)}");
    }

    /// <summary>The name without its number: <c>context-sweep</c> of <c>01-context-sweep.ipynb</c>.</summary>
    public static string ShortName(string file) =>
        Path.GetFileNameWithoutExtension(file).TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimStart('-');

    private static string FormatNames(List<string> files) => files.Count == 0 ? "no notebooks" : string.Join(", ", files.Select(ShortName));
}
