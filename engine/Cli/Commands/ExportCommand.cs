using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Export;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall export</c>.</summary>
internal sealed class ExportOptions : CommandSettings
{
    [CommandArgument(0, "<RUNS>")]
    [Description("Runs, comparisons, latest, samples/NAME, folders or zip files of runs; the last run is compared with each of the others")]
    public string[] Names { get; init; } = [];

    [CommandOption("--to <FORMAT>")]
    [Description("pptx (slides), xlsx (workbook), svg or png (a picture for each figure), csv (trials), or zip (the runs themselves)")]
    public string To { get; init; } = "";

    [CommandOption("-o|--output <PATH>")]
    [Description("The file to write, or the folder of the pictures (default: the run's id in this folder)")]
    public string? Output { get; init; }

    [CommandOption("--force")]
    [Description("Replace files that exist")]
    public bool Force { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }
}

/// <summary><c>memwall export</c>: runs for presentations, spreadsheets and other machines.</summary>
internal sealed class ExportCommand : AsyncCommand<ExportOptions>
{
    private const string Zip = "zip";

    public override async Task<int> ExecuteAsync(CommandContext context, ExportOptions options, CancellationToken cancellationToken)
    {
        var format = options.To == Zip ? (ExportFormat?)null : ParseFormat(options.To);
        var store = RunsFolderOption.OpenStore(options.Runs);
        try
        {
            using var named = RunSources.Open(store, options.Names);
            var output = options.Output ?? NameOutput(format, named.Runs[^1].Id);
            NewFile.Check(format is { } pictures && Exporter.IsFolder(pictures) ? Path.Combine(output, "x") : output, overwrite: true,
                [.. named.Runs.Select(run => run.Folder), .. options.Names.Where(File.Exists)]);
            var files = format is { } known
                ? await Exporter.WriteAsync([.. named.Runs.Select(run => RunReader.Read(run.Folder, withMarks: true).Run)],
                    known, output, options.Force, cancellationToken).ConfigureAwait(false)
                : WriteArchive(output, options.Force, named);
            foreach (var file in files)
                Terminal.Out.WriteLine(file);
            return ExitCodes.Success;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error.WriteLine($"--output: {error.Message}");
            return ExitCodes.Store;
        }
    }

    private static string NameOutput(ExportFormat? format, string run) => format switch
    {
        null => run + "." + Zip,
        { } pictures when Exporter.IsFolder(pictures) => run + "-figures",
        { } known => $"{run}.{EnumName(known)}",
    };

    private static IReadOnlyList<string> WriteArchive(string path, bool overwrite, NamedRuns named)
    {
        NewFile.Write(path, overwrite, stream => RunArchive.Write(stream, named.Runs.Select(run => (run.Id, run.Folder))));
        Terminal.Error.WriteLine(ExportPhrases.ArchiveContent);
        return [path];
    }

    private static ExportFormat ParseFormat(string text) =>
        Enum.GetValues<ExportFormat>().Where(format => EnumName(format) == text).Select(format => (ExportFormat?)format).FirstOrDefault()
        ?? throw new FormatException(text.Length == 0
            ? "--to is missing; write for example --to pptx"
            : $"--to: '{text}' is unknown; write {string.Join(", ", Enum.GetValues<ExportFormat>().Select(EnumName))} or {Zip}");

    private static string EnumName(ExportFormat format) => format.ToString().ToLowerInvariant();
}
