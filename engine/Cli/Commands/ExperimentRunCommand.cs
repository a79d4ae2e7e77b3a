using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.State;
using MemoryWall.Machine;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Json;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall experiment run</c>.</summary>
internal sealed class ExperimentRunOptions : ExperimentMeasureOptions
{
    [CommandOption("--resume")]
    [Description("Go on with an experiment that was begun: cells with a result are not measured again, and an interrupted one is "
        + "continued")]
    public bool Resume { get; init; }
}

/// <summary><c>memwall experiment run</c>: measures the cells of an experiment on this machine.</summary>
internal sealed class ExperimentRunCommand : AsyncCommand<ExperimentRunOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentRunOptions options, CancellationToken cancellationToken)
    {
        var definition = options.ReadDefinition();
        var folder = options.FindFolder(definition);
        var settings = options.ToSettings(folder.Runs);
        var plan = Begin(definition, folder, options);
        if (plan.Cells.Count == 0)
            return ExitCodes.Preflight;
        await using var clean = await SwapFileScope.OpenAsync(null, folder.Runs, cancellationToken).ConfigureAwait(false);
        var view = SweepRunner.CreateView();
        var done = plan.Cells.Where(cell => folder.HasResult(plan.GetRunId(cell))).Select(cell => cell.Number).ToHashSet();
        var eta = ExperimentPlans.CreateEta(new RunStore(folder.Runs), MachineReader.Read());
        var progress = new ExperimentProgress(plan, done, eta, view.WriteLine);
        var run = ExperimentRunner.RunAsync(folder, plan, settings, progress, cancellationToken);
        await view.ShowUntilCompletedAsync(run, progress.DescribeNow).ConfigureAwait(false);
        var ends = await run.ConfigureAwait(false);
        var cells = CellStatuses.Derive(plan, folder.HasResult, ExperimentFacts.Read(folder), LiveTasks.None);
        await ExperimentLake.AddAsync(options.Lake, cells.Where(cell => cell.State == CellState.Done)
            .Select(cell => Path.Combine(folder.Runs, cell.RunId)), cancellationToken).ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(new { plan.Id, folder.Runs, Cells = cells }, FactsJson.Indented));
        else
            ExperimentWriter.WriteStatus(Terminal.Out, plan, cells);
        return cancellationToken.IsCancellationRequested ? ExitCodes.Cancelled
            : ends.Any(end => end.Outcome == AttemptOutcome.StoreFailed) ? ExitCodes.Store
            : ExperimentExitCodes.From(cells);
    }

    private static ExperimentPlan Begin(ExperimentDefinition definition, ExperimentFolder folder, ExperimentRunOptions options)
    {
        if (options.Resume)
        {
            var begun = folder.ReadPlan();
            ExperimentPlanner.RequireSame(definition, begun, MachineReader.Read());
            return begun;
        }
        if (folder.Exists)
            throw new FormatException($"the experiment '{definition.Name}' was begun in {folder.FullPath}; add --resume to go on with it, "
                + "or give it another name to begin another one");
        var plan = ExperimentPlans.CreateForThisMachine(definition, options.Force);
        Terminal.Error.WriteLine(ExperimentPhrases.DescribePlan(plan));
        ExperimentWriter.WriteLeftOut(Terminal.Error, plan);
        if (plan.Cells.Count > 0)
            folder.Create(plan);
        return plan;
    }
}
