using MemoryWall.Cli.Host;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Runs.Files;
using Spectre.Console;

namespace MemoryWall.Cli.Execution;

/// <summary>Adds the results of an experiment to a lake. A run that cannot be added stays a result: <c>lake add</c> adds it
/// later.</summary>
internal static class ExperimentLake
{
    /// <summary>Adds runs, each once.</summary>
    /// <param name="lake">The lake; null for the default.</param>
    /// <param name="runs">The folders of the runs.</param>
    /// <param name="cancellation">Stops the work; what was added stays.</param>
    public static async Task AddAsync(string? lake, IEnumerable<string> runs, CancellationToken cancellation)
    {
        try
        {
            var writer = await LakeWriter.OpenAsync(LakeFolder.Resolve(lake), isDurable: true, cancellation).ConfigureAwait(false);
            foreach (var run in runs)
                await writer.AddAsync(run, again: false, cancellation).ConfigureAwait(false);
        }
        catch (StoreException error)
        {
            Terminal.Error.WriteLine(error.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The user stopped it, and the next start adds the rest.
        }
    }
}
