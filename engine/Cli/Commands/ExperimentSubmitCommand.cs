using System.ComponentModel;
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

/// <summary>The options of <c>memwall experiment submit</c>.</summary>
internal sealed class ExperimentBeginSubmitOptions : ExperimentSubmitOptions
{
    [CommandOption("--slurm")]
    [Description("Submit the cells to Slurm, one task of a job array each")]
    public bool Slurm { get; init; }
}

/// <summary><c>memwall experiment submit</c>: begins an experiment on a cluster.</summary>
internal sealed class ExperimentSubmitCommand : AsyncCommand<ExperimentBeginSubmitOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentBeginSubmitOptions options,
        CancellationToken cancellationToken)
    {
        if (!options.Slurm)
            throw new FormatException("--slurm is missing: the scheduler that the cells are submitted to");
        var definition = options.ReadDefinition();
        var folder = options.FindFolder(definition);
        var request = options.ToRequest(folder);
        if (folder.Exists)
            throw new FormatException($"the experiment '{definition.Name}' was begun in {folder.FullPath}; memwall experiment retry "
                + "submits its failed cells again, and another name begins another one");
        var plan = await ExperimentPlans.CreateForSlurmAsync(definition, request.Partition, cancellationToken).ConfigureAwait(false);
        Terminal.Error.WriteLine(ExperimentPhrases.DescribePlan(plan));
        ExperimentWriter.WriteLeftOut(Terminal.Error, plan);
        if (plan.Cells.Count == 0)
            return ExitCodes.Preflight;
        folder.Create(plan);
        var round = await new SlurmExperiment(folder, plan, ExperimentPlans.Slurm).SubmitAsync(plan.Cells, request, cancellationToken)
            .ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(new { plan.Id, Folder = folder.FullPath, round.Jobs }, FactsJson.Indented));
        else
            Terminal.Out.WriteLine(ExperimentPhrases.DescribeSubmitted(round));
        return ExitCodes.Success;
    }
}
