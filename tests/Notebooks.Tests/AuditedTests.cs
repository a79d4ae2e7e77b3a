using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Results of other tools in a notebook: shown as a table with the reasons to doubt them, and plotted with a run.</summary>
public sealed class AuditedTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public AuditedTests() => File.WriteAllText(_path, Audited.Verbose);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Audited_File_IsATableWithItsDoubts()
    {
        var frame = Frame.Audited(Runs.Audited(_path));
        Assert.Equal([1024.0, 1000.0], frame.Columns["prefill_tps"].Cast<double?>().Select(value => value!.Value));
        Assert.Equal([null, "truncated-prompt"], frame.Columns["doubts"].Cast<string?>());
        Assert.Equal(2, frame.Columns["ttft_seconds"].NullCount);
    }

    [Fact]
    public void Audited_OwnRun_HasARowForEachMeasuredTrial()
    {
        var folder = Directory.GetDirectories(Path.Combine(NotebookFolders.Data, "samples/context-sweep")).Single();
        var run = Runs.Open("samples/context-sweep");
        Assert.Equal(run.Trials.Count(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)), Frame.Audited(Runs.Audited(folder)).Rows.Count);
    }

    [Fact]
    public void Audited_NoSuchFile_SaysSo() => Assert.Throws<FileNotFoundException>(() => Runs.Audited(_path + "-not-there"));

    [Fact]
    public void AuditedResults_SharedContext_SaysBothAndDrawsTheDoubtedAsCrosses()
    {
        var run = Sample.Run([Sample.Trial(1, 1024, 1, 1), Sample.Trial(2, 3072, 3, 0.64)]);
        var figure = Figure.AuditedResults(run, Auditor.AuditText("theirs.txt", Audited.Verbose, new AuditSettings()));
        Assert.Equal("Generation at 3k: 100 t/s in this run, 100 t/s (theirs.txt)", figure.Title);
        var prefill = figure.Chart.Panels[1].Marks.OfType<Scatter>().ToDictionary(scatter => scatter.Name);
        Assert.Equal([new ChartPoint(3072, 1024)], prefill["theirs.txt"].Points.Select(point => point with { Hover = null }));
        Assert.Equal(Symbol.Cross, prefill["doubted: theirs.txt"].Symbol);
        Assert.Contains(figure.Chart.Notes, note => note.Contains("truncated-prompt", StringComparison.Ordinal));
    }

    [Fact]
    public void AuditedResults_UnreadableFile_SaysSoAndShowsTheRun()
    {
        var figure = Figure.AuditedResults(Sample.Run([Sample.Trial(1, 1024, 1, 1), Sample.Trial(2, 2048, 2, 1)]),
            Auditor.AuditText("x", "hello", new AuditSettings()));
        Assert.Contains(figure.Chart.Notes, note => note.StartsWith("x: ", StringComparison.Ordinal));
        Assert.NotEmpty(figure.Chart.Panels[0].Marks);
    }

    [Fact]
    public void View_HostileFile_IsText() =>
        Assert.DoesNotContain("<script",
            MemoryWall.Notebooks.Views.AuditView.Create(Auditor.AuditText(Sample.Hostile, Audited.Verbose, new AuditSettings())).Html,
            StringComparison.OrdinalIgnoreCase);
}
