using System.ComponentModel;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall experiment task</c>.</summary>
internal sealed class ExperimentTaskOptions : ExperimentMeasureOptions
{
    [CommandOption("--cell <NUMBER>")]
    [Description("Number of the cell")]
    [Example(1)]
    public int Cell { get; init; }

    [CommandOption("--round <NUMBER>")]
    [Description("Number of the round")]
    [Example(1)]
    public int Round { get; init; }

    [CommandOption("--scratch <DIR>")]
    [Description("Folder on a disk of this node, for the run until it is finished (default: the temporary folder)")]
    public string? Scratch { get; init; }
}

/// <summary><c>memwall experiment task</c>: measures one cell, as the scripts of <c>submit</c> do.</summary>
internal sealed class ExperimentTaskCommand : AsyncCommand<ExperimentTaskOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentTaskOptions options, CancellationToken cancellationToken)
    {
        var folder = options.FindFolder();
        var end = await ScratchTask.RunAsync(folder, (options.Cell, options.Round), options.Scratch ?? Path.GetTempPath(),
            options.ToSettings(folder.Runs), new ConsoleSweepObserver(Terminal.Error.WriteLine), cancellationToken).ConfigureAwait(false);
        if (end.IsResult)
        {
            var plan = folder.ReadPlan();
            await ExperimentLake.AddAsync(options.Lake,
                [Path.Combine(folder.Runs, plan.GetRunId(plan.Cells.First(cell => cell.Number == options.Cell)))], cancellationToken)
                .ConfigureAwait(false);
        }
        var words = ExperimentPhrases.FormatOutcome(end.Outcome);
        Terminal.Error.WriteLine(end.Message is { } message ? $"{words}: {message}" : words);
        return end.Outcome switch
        {
            AttemptOutcome.Completed or AttemptOutcome.AlreadyMeasured => ExitCodes.Success,
            AttemptOutcome.SomeTrialsFailed or AttemptOutcome.TimedOut => ExitCodes.TrialsFailed,
            AttemptOutcome.CannotRun => ExitCodes.Preflight,
            AttemptOutcome.StoreFailed => ExitCodes.Store,
            AttemptOutcome.Cancelled => ExitCodes.Cancelled,
            _ => ExitCodes.Fault,
        };
    }
}
