using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Experiments.Slurm;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall experiment cancel</c>: cancels the jobs of an experiment. What was measured stays.</summary>
internal sealed class ExperimentCancelCommand : AsyncCommand<ExperimentOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ExperimentOptions options, CancellationToken cancellationToken)
    {
        var folder = options.FindFolder();
        var cancelled = await new SlurmExperiment(folder, folder.ReadPlan(), ExperimentPlans.Slurm).CancelAsync(cancellationToken)
            .ConfigureAwait(false);
        Terminal.Out.WriteLine(ExperimentPhrases.DescribeCancelled(cancelled));
        return ExitCodes.Success;
    }
}
