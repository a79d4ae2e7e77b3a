using MemoryWall.Core.Files;

namespace MemoryWall.Notebooks.Inputs;

/// <summary>The folders of this library and of the files that come with it.</summary>
internal static class NotebookFolders
{
    /// <summary>The folder of this library, which a kernel loads by its path.</summary>
    public static string LibraryFolder => ProgramFiles.FolderOf(typeof(NotebookFolders));

    /// <summary>The root of the program's own files around the current folder or this library; the current folder where there is
    /// none.</summary>
    public static string Root => ProgramFiles.Find() ?? Directory.GetCurrentDirectory();

    /// <summary>The folder of samples and traces, which are only read.</summary>
    public static string Data => Path.Combine(Root, "data");

    /// <summary>The folder of the runs of this machine: that of the environment variable, else <c>data/runs</c> of the checkout around the
    /// current folder or this library, else of the current folder.</summary>
    /// <exception cref="LiveDataException">Only samples may be shown.</exception>
    public static string Runs => LiveDataException.IsRefused
        ? throw new LiveDataException()
        : MemoryWall.Runs.RunsDirectory.FromEnvironment
            ?? Path.Combine(MemoryWall.Runs.Checkout.Find() ?? Directory.GetCurrentDirectory(), "data", "runs");
}
