using MemoryWall.Core;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;

namespace MemoryWall.Cli.Options;

/// <summary>A run that a command line names.</summary>
internal static class RunArgument
{
    /// <summary>What a name may be, for the descriptions of options.</summary>
    public const string Meaning = "its id or a unique beginning of it, latest, samples/NAME, or a folder or zip file of it";

    /// <summary>Reads the run.</summary>
    /// <param name="store">The store of the runs.</param>
    /// <param name="argument">The option or argument, for errors.</param>
    /// <param name="name">What the user wrote.</param>
    /// <param name="withMarks">Whether to read the stream marks too.</param>
    /// <exception cref="FormatException">The name means several runs.</exception>
    public static Run Read(RunStore store, string argument, string name, bool withMarks = true)
    {
        using var named = Open(store, argument, name);
        return RunReader.Read(named.Runs[0].Folder, withMarks).Run;
    }

    /// <summary>Finds the run, which is the only one of the result.</summary>
    /// <param name="store">The store of the runs.</param>
    /// <param name="argument">The option or argument, for errors.</param>
    /// <param name="name">What the user wrote.</param>
    /// <exception cref="FormatException">The name means several runs.</exception>
    public static NamedRuns Open(RunStore store, string argument, string name)
    {
        var named = RunSources.Open(store, [name]);
        if (named.Runs.Count == 1)
            return named;
        named.Dispose();
        throw new FormatException($"{argument}: '{name}' has several runs; name one of them, or compare all with "
            + "memwall compare --from");
    }
}
