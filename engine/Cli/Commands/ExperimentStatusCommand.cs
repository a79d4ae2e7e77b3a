using System.Text.Json;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall experiment status</c>: where the cells of an experiment stand.</summary>
internal sealed class ExperimentStatusCommand : AsyncCommand<ExperimentOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentOptions options, CancellationToken cancellationToken)
    {
        var folder = options.FindFolder();
        var plan = folder.ReadPlan();
        var (cells, problem) = await new SlurmExperiment(folder, plan, ExperimentPlans.Slurm).LookAsync(cancellationToken)
            .ConfigureAwait(false);
        if (problem is not null)
            Terminal.Error.WriteLine(ExperimentPhrases.DescribeUnasked(problem));
        await ExperimentLake.AddMissingAsync(folder, cells, cancellationToken).ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(new { plan.Id, folder.Runs, Cells = cells }, FactsJson.Indented));
        else
            ExperimentWriter.WriteStatus(Terminal.Out, plan, cells);
        return ExperimentExitCodes.From(cells);
    }
}
