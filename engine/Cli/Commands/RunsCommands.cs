using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Analysis;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>Where runs are looked for.</summary>
internal class RunStoreOptions : CommandSettings
{
    [CommandOption("--runs <DIR>")]
    [Description("Where runs are kept (default data/runs of the checkout, or of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--json")]
    [Description("JSON on standard output")]
    public bool Json { get; init; }

    public RunStore OpenStore() => new(RunsDirectory.Resolve(Runs));
}

/// <summary>One run.</summary>
internal class SingleRunOptions : RunStoreOptions
{
    [CommandArgument(0, "<RUN>")]
    [Description("The run's id, or a beginning of it that no other run shares")]
    public string Run { get; init; } = "";
}

/// <summary><c>memwall runs list</c></summary>
internal sealed class RunsListCommand : Command<RunStoreOptions>
{
    public override int Execute(CommandContext context, RunStoreOptions options, CancellationToken cancellationToken)
    {
        var store = options.OpenStore();
        var runs = store.List();
        if (options.Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(runs, FactsJson.Indented));
            return ExitCodes.Success;
        }
        if (runs.Count == 0)
            Terminal.Error.WriteLine($"there are no runs in {store.Root}");
        var table = new Table().Border(TableBorder.Simple).AddColumns("run", "target", "model", "contexts", "trials", "completed");
        foreach (var run in runs)
            table.AddRow(
                new Text(run.Id), new Text(run.Manifest?.Target.Kind ?? NumberFormat.Absent),
                new Text(run.Manifest?.Target.Model ?? NumberFormat.Absent),
                new Text(run.Manifest is null ? run.Problem ?? NumberFormat.Absent : string.Join(",", run.Manifest.Plan.Contexts)),
                new Text(NumberFormat.Tokens(run.Trials)), new Text(NumberFormat.Tokens(run.Completed)));
        if (runs.Count > 0)
            Terminal.Out.Write(table);
        return ExitCodes.Success;
    }
}

/// <summary>The options of <c>memwall runs show</c>.</summary>
internal sealed class RunsShowOptions : SingleRunOptions
{
    [CommandOption("--slo <LIMIT>")]
    [Description("A latency limit, ttft=2s,itl=100ms: says the largest context that meets it")]
    public string? Slo { get; init; }
}

/// <summary><c>memwall runs show</c></summary>
internal sealed class RunsShowCommand : Command<RunsShowOptions>
{
    public override int Execute(CommandContext context, RunsShowOptions options, CancellationToken cancellationToken)
    {
        var slo = OptionParser.ParseSlo(options.Slo);
        var run = options.OpenStore().Read(options.Run);
        if (options.Json)
            SweepJson.Write(Console.Out, run, slo);
        else
            RunReportWriter.Write(Terminal.Out, run, slo);
        return ExitCodes.Success;
    }
}

/// <summary>The options of <c>memwall runs export</c>.</summary>
internal sealed class RunsExportOptions : SingleRunOptions
{
    [CommandOption("-o|--output <FILE>")]
    [Description("The file to write (default: standard output)")]
    public string? Output { get; init; }
}

/// <summary><c>memwall runs export</c>: the trials with their rates, as CSV or JSON.</summary>
internal sealed class RunsExportCommand : Command<RunsExportOptions>
{
    public override int Execute(CommandContext context, RunsExportOptions options, CancellationToken cancellationToken)
    {
        var run = options.OpenStore().Read(options.Run, withMarks: false);
        if (options.Output is null)
        {
            Write(Console.Out, run, options.Json);
            return ExitCodes.Success;
        }
        try
        {
            using var writer = new StreamWriter(options.Output, append: false);
            Write(writer, run, options.Json);
            return ExitCodes.Success;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error.WriteLine($"--output: '{options.Output}' cannot be written: {error.Message}");
            return ExitCodes.Store;
        }
    }

    private static void Write(TextWriter writer, Run run, bool json)
    {
        if (json)
            SweepJson.Write(writer, run, slo: null);
        else
            TrialCsvWriter.Write(writer, RunAnalysis.Analyze(run).Trials);
    }
}
