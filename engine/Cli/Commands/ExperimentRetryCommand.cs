using System.ComponentModel;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall experiment retry</c>.</summary>
internal sealed class ExperimentRetryOptions : ExperimentSubmitOptions
{
    [CommandOption("--failed")]
    [Description("The cells whose last attempt ended without a result, and those that were never submitted")]
    public bool Failed { get; init; }
}

/// <summary><c>memwall experiment retry</c>: submits cells again that ended without a result.</summary>
internal sealed class ExperimentRetryCommand : AsyncCommand<ExperimentRetryOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentRetryOptions options,
        CancellationToken cancellationToken)
    {
        if (!options.Failed)
            throw new FormatException("--failed is missing: the cells that are submitted again");
        var folder = options.FindFolder();
        var plan = folder.ReadPlan();
        var request = options.ToRequest(folder);
        if (folder.ReadRounds() is [_, ..] rounds && rounds.All(round => round.Jobs.Count == 0))
            throw new FormatException($"the experiment '{plan.Name}' runs on one machine; memwall experiment run FILE --resume measures "
                + "its failed cells again");
        var experiment = new SlurmExperiment(folder, plan, ExperimentPlans.Slurm);
        var (cells, problem) = await experiment.LookAsync(cancellationToken).ConfigureAwait(false);
        // A cell that runs would be measured twice.
        if (problem is not null)
            throw new SlurmException(problem);
        await ExperimentLake.AddMissingAsync(folder, cells, cancellationToken).ConfigureAwait(false);
        var failed = cells.Where(cell => cell.State == CellState.Failed || cell is { State: CellState.Waiting, Task: null })
            .Select(cell => cell.Cell).ToHashSet();
        if (failed.Count == 0)
        {
            Terminal.Out.WriteLine(ExperimentPhrases.Summarize(plan.Name, cells));
            return ExitCodes.Success;
        }
        var round = await experiment.SubmitAsync(plan.Cells.Where(cell => failed.Contains(cell.Number)), request, cancellationToken)
            .ConfigureAwait(false);
        Terminal.Out.WriteLine(ExperimentPhrases.DescribeSubmitted(round));
        return ExitCodes.Success;
    }
}
