using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts.Svg;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Export.Content;
using MemoryWall.Reporting.Summary;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;

namespace MemoryWall.Cli.Tests;

/// <summary>What a reader of a run wrote.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsPage">Whether a browser shows it.</param>
internal sealed record ForeignText(string Text, bool IsPage);

/// <summary>What the readers of a run wrote.</summary>
/// <param name="IsRun">Whether the folder was read as a run.</param>
/// <param name="Texts">What they wrote.</param>
/// <param name="Problems">What they did and should not.</param>
internal sealed record ForeignReading(bool IsRun, IReadOnlyList<ForeignText> Texts, IReadOnlyList<string> Problems);

/// <summary>Reads a run as the commands do, in this process.</summary>
/// <param name="known">The report of a sound run, which others are compared with.</param>
internal sealed class ForeignRunReaders(RunReport known)
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 26, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A text as the terminal writes it.</summary>
    public static string WriteLine(string text) => Write(console => console.WriteLine(text));

    /// <summary>Reads the only run of a folder with each reader.</summary>
    public async Task<ForeignReading> ReadAsync(string root, string id)
    {
        var store = new RunStore(root);
        var list = store.List(withArchived: true);
        var texts = new List<ForeignText>
        {
            new(Write(console => RunListWriter.Write(console, list, s_now)), IsPage: false),
            new(JsonSerializer.Serialize(list, FactsJson.Indented), IsPage: false),
        };
        Run run;
        try
        {
            run = store.Read(id);
        }
        catch (StoreException error)
        {
            texts.Add(new(WriteLine(error.Message), IsPage: false));
            return new ForeignReading(IsRun: false, texts, []);
        }
        texts.AddRange(ReadReport(RunReport.Create(run)).Select(text => new ForeignText(text, IsPage: false)));
        texts.Add(new(WriteLine(Export(store, id)), IsPage: false));
        texts.AddRange(ReadPages(run).Select(text => new ForeignText(text, IsPage: true)));
        return await ResumeAsync(root, id, run, texts);
    }

    /// <summary>Goes on with the only run of a folder, as a sweep does whose plan its user trusts, and reads it again.</summary>
    /// <returns>Why it cannot be continued, or that what was written is not there; null for neither.</returns>
    public static (ForeignText? Refusal, string? Problem) GoOn(string root, string id)
    {
        const string Note = "continued";
        var store = new RunStore(root);
        try
        {
            using var writer = store.Resume(id);
            writer.AppendEvent(new RunEvent(new Instant(1), "note", Note));
        }
        catch (StoreException error)
        {
            return (new ForeignText(WriteLine(error.Message), IsPage: false), null);
        }
        return store.Read(id).Events is [.., { Message: Note }] ? (null, null) : (null, "the event that was written is not read");
    }

    // Why a run cannot be exported; empty where it can.
    private static string Export(RunStore store, string id)
    {
        try
        {
            using var archive = new MemoryStream();
            RunArchive.Write(archive, [(id, Path.Combine(store.Root, id))]);
            return "";
        }
        catch (StoreException error)
        {
            return error.Message;
        }
    }

    private IEnumerable<string> ReadReport(RunReport report)
    {
        yield return Write(console => RunReportWriter.Write(console, report));
        yield return Write(console => WallReportWriter.Write(console, [report]));
        using (var json = new StringWriter())
        {
            SweepJson.Write(json, report);
            yield return json.ToString();
        }
        foreach (var (first, second) in new[] { (report, report), (known, report) })
        {
            yield return Write(console => RunComparisonWriter.Write(console, first.Manifest, second.Manifest,
                Comparison.Compare(first, second, null)));
            yield return Write(console => SystemsComparisonWriter.Write(console, SystemsReport.Create([first, second])));
        }
    }

    private static IEnumerable<string> ReadPages(Run run)
    {
        var content = ExportContent.Create([run]);
        foreach (var figure in content.Figures)
            yield return ChartSvg.RenderInPage(figure.Chart);
        yield return SummaryPageHtml.Render(SummaryPage.Create(content.Runs[0], [content.Runs[0]], []), null, null);
    }

    // A run that reaches nothing is not resumed: it would be measured.
    private static async Task<ForeignReading> ResumeAsync(string root, string id, Run run, List<ForeignText> texts)
    {
        if (StoredPlanTrust.ListReached(run.Manifest.Plan).Count == 0)
            return new ForeignReading(IsRun: true, texts, []);
        var result = await Sweeper.ResumeAsync(id, new SweepSettings { RunsDirectory = root, TelemetryInterval = null },
            new ConsoleSweepObserver(_ => { }), CancellationToken.None);
        texts.Add(new(Write(console =>
        {
            foreach (var line in SweepEndingLines.Format(result))
                console.WriteLine(line);
        }), IsPage: false));
        return new ForeignReading(IsRun: true, texts,
            result.Ending is SweepEnding.PreflightFailed or SweepEnding.Completed or SweepEnding.SomeTrialsFailed ? []
                : [$"resumed with {result.Ending}"]);
    }

    private static string Write(Action<IAnsiConsole> write)
    {
        using var writer = new StringWriter();
        write(Terminal.Create(writer, redirected: true));
        return writer.ToString();
    }
}
