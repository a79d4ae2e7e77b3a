namespace MemoryWall.Notebooks.Inputs;

/// <summary>The folders of this library and of the checkout around it.</summary>
internal static class NotebookFolders
{
    /// <summary>The folder of this library, which a kernel loads by its path.</summary>
    public static string LibraryFolder =>
        Path.GetDirectoryName(typeof(NotebookFolders).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;

    /// <summary>The checkout that holds the current folder or this library; the current folder where there is none.</summary>
    public static string Root => MemoryWall.Runs.Checkout.Find() ?? Directory.GetCurrentDirectory();

    public static string Data => Path.Combine(Root, "data");

    /// <summary>The folder of the runs of this machine.</summary>
    /// <exception cref="LiveDataException">Only samples may be shown.</exception>
    public static string Runs => LiveDataException.IsRefused
        ? throw new LiveDataException()
        : MemoryWall.Runs.RunsDirectory.FromEnvironment ?? Path.Combine(Data, "runs");
}
