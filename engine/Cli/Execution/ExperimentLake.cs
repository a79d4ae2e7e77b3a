using MemoryWall.Cli.Host;
using MemoryWall.Experiments.State;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Reporting.Phrases;
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
    public static Task AddAsync(string? lake, IEnumerable<string> runs, CancellationToken cancellation) =>
        WriteAsync(lake, async writer =>
        {
            foreach (var run in runs)
                await writer.AddAsync(run, again: false, cancellation).ConfigureAwait(false);
        }, cancellation);

    /// <summary>Adds the runs of tasks that were killed after their run was stored and before they added it.</summary>
    /// <param name="folder">The experiment's folder. It knows the lake where its cells were submitted.</param>
    /// <param name="cells">Where the cells stand.</param>
    /// <param name="cancellation">Stops the work; what was added stays.</param>
    public static async Task AddMissingAsync(ExperimentFolder folder, IEnumerable<CellStatus> cells, CancellationToken cancellation)
    {
        if (folder.ReadRounds().Select(round => round.Lake).LastOrDefault(lake => lake is not null) is not { } lake)
            return;
        await WriteAsync(lake, async writer =>
        {
            foreach (var cell in cells.Where(cell => cell.State == CellState.Done && !writer.HasRun(cell.RunId)))
            {
                await writer.AddAsync(Path.Combine(folder.Runs, cell.RunId), again: false, cancellation).ConfigureAwait(false);
                Terminal.Error.WriteLine(ExperimentPhrases.DescribeAddedLater(cell));
            }
        }, cancellation).ConfigureAwait(false);
    }

    private static async Task WriteAsync(string? lake, Func<LakeWriter, Task> write, CancellationToken cancellation)
    {
        try
        {
            await write(await LakeWriter.OpenAsync(LakeFolder.Resolve(lake), isDurable: true, cancellation).ConfigureAwait(false))
                .ConfigureAwait(false);
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
