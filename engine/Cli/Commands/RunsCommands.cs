using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Export;
using MemoryWall.Export.Content;
using MemoryWall.Export.Tables;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Json;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of commands that read stored runs.</summary>
internal class RunStoreOptions : CommandSettings
{
    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--json")]
    [Description("Write JSON to standard output")]
    public bool Json { get; init; }

    public RunStore OpenStore() => RunsFolderOption.OpenStore(Runs);
}

/// <summary>The options of commands that read one stored run.</summary>
internal class SingleRunOptions : RunStoreOptions
{
    [CommandArgument(0, "<RUN>")]
    [Description("The run: " + RunArgument.Meaning)]
    public string Run { get; init; } = "";
}

/// <summary>The options of <c>memwall runs list</c>.</summary>
internal sealed class RunsListOptions : RunStoreOptions
{
    [CommandOption("--all")]
    [Description("List archived runs too")]
    public bool All { get; init; }
}

/// <summary><c>memwall runs list</c>: the stored runs, newest first.</summary>
internal sealed class RunsListCommand : Command<RunsListOptions>
{
    public override int Execute(CommandContext context, RunsListOptions options, CancellationToken cancellationToken)
    {
        var store = options.OpenStore();
        var runs = store.List(options.All);
        if (options.Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(runs, FactsJson.Indented));
            return ExitCodes.Success;
        }
        if (runs.Count == 0)
        {
            var archived = options.All ? 0 : store.List(withArchived: true).Count;
            Terminal.Error.WriteLine(archived == 0
                ? $"There are no runs in {store.Root}."
                : $"{WordFormat.Count(archived, "archived run")} in {store.Root}: --all shows {(archived == 1 ? "it" : "them")}.");
        }
        RunListWriter.Write(Terminal.Out, runs, TimeProvider.System.GetLocalNow());
        return ExitCodes.Success;
    }
}

/// <summary>The options of <c>memwall runs show</c>.</summary>
internal sealed class RunsShowOptions : SingleRunOptions
{
    [CommandOption("--slo <LIMIT>")]
    [Description("Report the largest context that meets this latency limit: ttft=2s,itl=100ms")]
    public string? Slo { get; init; }
}

/// <summary><c>memwall runs show</c>: a run's tables and verdicts.</summary>
internal sealed class RunsShowCommand : Command<RunsShowOptions>
{
    public override int Execute(CommandContext context, RunsShowOptions options, CancellationToken cancellationToken)
    {
        var slo = OptionParser.ParseSlo(options.Slo);
        var report = RunReport.Create(RunArgument.Read(options.OpenStore(), "RUN", options.Run), slo);
        if (options.Json)
            SweepJson.Write(Console.Out, report);
        else
            RunReportWriter.Write(Terminal.Out, report);
        return ExitCodes.Success;
    }
}

/// <summary>The options of <c>memwall runs export</c>.</summary>
internal sealed class RunsExportOptions : SingleRunOptions
{
    [CommandOption("-o|--output <FILE>")]
    [Description("The file to write (default: standard output)")]
    public string? Output { get; init; }

    [CommandOption("--bundle")]
    [Description("Write the run itself as a zip file with checksums, for memwall runs import elsewhere (default: RUN.zip in this folder)")]
    public bool Bundle { get; init; }

    [CommandOption("--force")]
    [Description("Replace a file that exists")]
    public bool Force { get; init; }
}

/// <summary><c>memwall runs export</c>: a run's trials with their rates, as CSV or JSON, or the run itself.</summary>
internal sealed class RunsExportCommand : Command<RunsExportOptions>
{
    public override int Execute(CommandContext context, RunsExportOptions options, CancellationToken cancellationToken)
    {
        if (options.Bundle && options.Json)
            throw new FormatException("--bundle and --json exclude each other; give one");
        using var named = RunArgument.Open(options.OpenStore(), "RUN", options.Run);
        if (options.Bundle)
            return WriteBundle(options, named);
        // Doubts, and so which rates there are, rest on the marks.
        var run = RunReader.Read(named.Runs[0].Folder, withMarks: true).Run;
        if (options.Output is null)
        {
            Write(Console.Out, run, options.Json);
            return ExitCodes.Success;
        }
        return WriteFile(options, options.Output, named, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            Write(writer, run, options.Json);
        });
    }

    private static int WriteBundle(RunsExportOptions options, NamedRuns named)
    {
        var path = options.Output ?? named.Runs[0].Id + ".zip";
        var code = WriteFile(options, path, named, stream => RunArchive.Write(stream, [(named.Runs[0].Id, named.Runs[0].Folder)]));
        if (code == ExitCodes.Success)
        {
            Terminal.Out.WriteLine(path);
            Terminal.Error.WriteLine(ExportPhrases.ArchiveContent);
        }
        return code;
    }

    private static int WriteFile(RunsExportOptions options, string path, NamedRuns named, Action<Stream> write)
    {
        try
        {
            NewFile.Write(path, options.Force, write, [named.Runs[0].Folder, .. new[] { options.Run }.Where(File.Exists)]);
            return ExitCodes.Success;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error.WriteLine($"--output: {error.Message}");
            return ExitCodes.Store;
        }
    }

    private static void Write(TextWriter writer, Run run, bool json)
    {
        if (json)
            SweepJson.Write(writer, RunReport.Create(run));
        else
            TableCsv.Write(writer, ExportTables.CreateTrials([RunReport.Create(run)], withRun: false));
    }
}
