using MemoryWall.Core.Facts;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Cells;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Machine;
using MemoryWall.Runs;

namespace MemoryWall.Cli.Execution;

/// <summary>Plans experiments for this machine or for a cluster.</summary>
internal static class ExperimentPlans
{
    /// <summary>The cluster of this machine.</summary>
    public static ISlurm Slurm { get; } = new SlurmCommands(CommandRunner.Default);

    /// <summary>The plan of cells that this machine measures.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="force">Whether cells are measured whose forecast does not fit.</param>
    public static ExperimentPlan CreateForThisMachine(ExperimentDefinition definition, bool force)
    {
        var (machine, forecast) = (MachineReader.Read(), new CellForecast());
        return ExperimentPlanner.Create(definition, machine,
            cell => force ? null : CellFit.FindProblem(cell, definition.Settings, machine, forecast));
    }

    /// <summary>The plan of cells that nodes of a cluster measure.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="partition">The partition; null for the cluster's default.</param>
    /// <param name="cancellation">Stops waiting for Slurm.</param>
    /// <exception cref="SlurmException">Slurm does not answer.</exception>
    public static async Task<ExperimentPlan> CreateForSlurmAsync(ExperimentDefinition definition, string? partition,
        CancellationToken cancellation)
    {
        RequireNoShares(definition);
        var largest = await Slurm.FindLargestNodeAsync(partition, cancellation).ConfigureAwait(false);
        return ExperimentPlanner.Create(definition, MachineReader.Read(), cell => CellFit.FindProblem(cell, definition.Settings, largest));
    }

    /// <summary>What estimates the time of cells.</summary>
    public static ExperimentEta CreateEta(RunStore store, MachineFacts machine) =>
        new(CellTimes.FromRuns(store, machine), new CellForecast());

    private static void RequireNoShares(ExperimentDefinition definition)
    {
        if (definition.Axes.FirstOrDefault(axis => axis.Name == CellAxes.Caps)?.Values
            .FirstOrDefault(value => value.Text.TrimEnd().EndsWith('%')) is { } share)
            throw new FormatException(FormattableString.Invariant($"{definition.File}:{share.Line}: axes.{CellAxes.Caps}: ")
                + $"'{share.Text}' is another size on each node; write a size, for example 700MiB");
    }
}
