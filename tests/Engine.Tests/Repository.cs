namespace MemoryWall.Engine.Tests;

/// <summary>The checkout in which the tests run.</summary>
internal static class Repository
{
    /// <summary>The root folder; null where the tests run outside a checkout.</summary>
    public static string? Root { get; } = Find();

    private static string? Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Analysis.sln")))
            folder = folder.Parent;
        return folder?.FullName;
    }
}
