namespace MemoryWall.Core.Files;

/// <summary>
/// The files that come with the program: notebooks, sample runs, traces and experiments. They lie below one root, which is a source
/// checkout or the folder of an installed program. Nothing is written there.
/// </summary>
internal static class ProgramFiles
{
    // What every root has: the file that loads the engine into a notebook, and the sample runs.
    private static readonly string s_loader = Path.Combine("notebooks", "load.csx");
    private static readonly string s_samples = Path.Combine("data", "samples");

    /// <summary>The root around the current folder, else around this program; null where there is neither.</summary>
    public static string? Find() => FindAbove(Directory.GetCurrentDirectory()) ?? FindAbove(FolderOf(typeof(ProgramFiles)));

    /// <summary>The root that is this folder or contains it; null outside of any.</summary>
    public static string? FindAbove(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            if (File.Exists(Path.Combine(current.FullName, s_loader)) && Directory.Exists(Path.Combine(current.FullName, s_samples)))
                return current.FullName;
        }
        return null;
    }

    /// <summary>The folder of the notebooks; null where there is no root.</summary>
    public static string? FindNotebooks() => Find() is { } root ? Path.Combine(root, "notebooks") : null;

    /// <summary>The folder of the sample runs; null where there is no root.</summary>
    public static string? FindSamples() => Find() is { } root ? Path.Combine(root, s_samples) : null;

    /// <summary>Whether a folder or a zip file is among the sample runs.</summary>
    public static bool HoldsSample(string path) => FindAbove(path) is { } root && new[] { "samples", "bundles" }.Any(name =>
        Path.GetFullPath(path).StartsWith(Path.Combine(root, "data", name) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>The path itself where it exists, else the file of that name below the root (<c>data/traces/NAME</c>) where that exists,
    /// else the path itself.</summary>
    public static string Resolve(string path) =>
        !Path.Exists(path) && Find() is { } root && Path.Combine(root, path) is var own && Path.Exists(own) ? own : path;

    /// <summary>The folder of the assembly that a type is in. It is not that of the program in a notebook's kernel, which loads the engine
    /// by its path.</summary>
    public static string FolderOf(Type type) =>
        Path.GetDirectoryName(type.Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;
}
