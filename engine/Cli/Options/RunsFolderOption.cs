using MemoryWall.Runs;

namespace MemoryWall.Cli.Options;

/// <summary>The option <c>--runs</c> of commands that read runs.</summary>
internal static class RunsFolderOption
{
    /// <summary>The store in the folder. A folder that the user named has to exist: nothing would be found in another one.</summary>
    /// <param name="option">What the user wrote; null for the default.</param>
    /// <exception cref="FormatException">There is no such folder.</exception>
    public static RunStore OpenStore(string? option) => string.IsNullOrEmpty(option) || Directory.Exists(option)
        ? new RunStore(RunsDirectory.Resolve(option))
        : throw new FormatException(File.Exists(option)
            ? $"--runs: '{option}' is a file; name a folder of runs, for example data/runs"
            : $"--runs: there is no folder '{option}'; name a folder of runs, for example data/runs");
}
