using MemoryWall.Cli.Views;
using MemoryWall.Store;
using MemoryWall.Sweeps;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall sweep</c>: the main job.</summary>
internal sealed class SweepCommand : AsyncCommand<SweepOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SweepOptions options, CancellationToken cancellationToken)
    {
        var plan = options.ToPlan();
        var settings = options.ToSettings();
        var slo = OptionText.Slo(options.Slo);
        var view = new ProgressView(Terminal.Error, living: !Console.IsErrorRedirected);
        var result = options.Resume is { } id
            ? await view.RunAsync(watcher => Sweeper.ResumeAsync(id, settings, watcher, cancellationToken)).ConfigureAwait(false)
            : await view.RunAsync(watcher => Sweeper.RunAsync(plan, settings, watcher, cancellationToken)).ConfigureAwait(false);
        foreach (var finding in result.Findings)
            Terminal.Error.WriteLine($"{(finding.StopsTheRun ? "cannot run" : "note")}: {finding}{(finding.CanBeForced ? " (--force runs anyway)" : "")}");
        if (result.Problem is not null)
            Terminal.Error.WriteLine(result.Problem);
        var run = result.RunId is null ? null : new RunStore(settings.RunsDirectory).Read(result.RunId);
        if (options.Json)
            SweepJson.Write(Console.Out, result, run, slo);
        else if (run is not null)
            RunReport.Write(Terminal.Out, run, slo);
        return ExitCodes.Of(result.Ending);
    }
}
