using MemoryWall.Runs;

namespace MemoryWall.Cli.NotebookLauncher;

/// <summary>The notebooks of the checkout, by name.</summary>
internal static class NotebookFiles
{
    /// <summary>The checkout around the current folder, else around this program.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static string FindCheckout() => Checkout.Find()
        ?? throw new FormatException("neither this folder nor this program is in a MemoryWall checkout; run this in the checkout");

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
