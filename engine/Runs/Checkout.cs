using MemoryWall.Core.Files;

namespace MemoryWall.Runs;

/// <summary>The source checkout of MemoryWall: runs, reports and lakes go there by default, where the current folder is in one.</summary>
internal static class Checkout
{
    // The file at the root of every checkout.
    private const string Marker = "Analysis.sln";

    /// <summary>The root of the checkout that contains this folder; null outside of any.</summary>
    public static string? FindAbove(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            if (File.Exists(Path.Combine(current.FullName, Marker)))
                return current.FullName;
        }
        return null;
    }

    /// <summary>The root of the checkout around the current folder, else around this program; null where there is neither.</summary>
    public static string? Find() => FindAbove(Directory.GetCurrentDirectory()) ?? FindAbove(ProgramFiles.FolderOf(typeof(Checkout)));
}
