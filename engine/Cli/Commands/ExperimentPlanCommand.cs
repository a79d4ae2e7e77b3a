using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Machine;
using MemoryWall.Runs;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall experiment plan</c>.</summary>
internal sealed class ExperimentPlanOptions : ExperimentOptions
{
    [CommandOption("--slurm")]
    [Description("Leave out what fits no node of the cluster, instead of what does not fit this machine")]
    public bool Slurm { get; init; }

    [CommandOption("--partition <NAME>")]
    [Description("Partition of the cluster (default: the cluster's own)")]
    public string? Partition { get; init; }

    [CommandOption("--begin")]
    [Description("Store the plan in the folder NAME.experiment, for a scheduler that starts the tasks itself")]
    public bool Begin { get; init; }
}

/// <summary><c>memwall experiment plan</c>: the cells, with their forecast memory and their expected time. Starts nothing.</summary>
internal sealed class ExperimentPlanCommand : AsyncCommand<ExperimentPlanOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentPlanOptions options, CancellationToken cancellationToken)
    {
        var definition = options.ReadDefinition();
        var partition = SlurmRequest.ParsePartition(options.Partition);
        var plan = options.Slurm
            ? await ExperimentPlans.CreateForSlurmAsync(definition, partition, cancellationToken).ConfigureAwait(false)
            : ExperimentPlans.CreateForThisMachine(definition, force: false);
        if (options.Begin && plan.Cells.Count > 0)
            options.FindFolder(definition).Create(plan);
        var eta = ExperimentPlans.CreateEta(new RunStore(RunsDirectory.Resolve(options.Runs)), MachineReader.Read());
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new { Plan = plan, ExpectedSeconds = plan.Cells.Select(eta.Estimate).ToList() }, FactsJson.Indented));
        else
            ExperimentWriter.WritePlan(Terminal.Out, plan, eta);
        return plan.Cells.Count > 0 ? ExitCodes.Success : ExitCodes.Preflight;
    }
}
