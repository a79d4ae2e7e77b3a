using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Reading the sample runs and writing them again must not change the bytes of their tables.</summary>
public sealed class SampleFilesTests
{
    public static TheoryData<string> Samples()
    {
        var samples = Path.Combine(Repository.Root ?? "", "data", "samples");
        return Directory.Exists(samples)
            ? [.. Directory.GetDirectories(samples).SelectMany(Directory.GetDirectories).Select(run => Path.GetRelativePath(samples, run))]
            : [];
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Trials_ReadAndWritten_AreTheSameBytes(string sample)
    {
        var path = PathOf(sample, RunFiles.Trials);
        var run = new RunStore(Path.GetDirectoryName(Path.GetDirectoryName(path))!).Read(Path.GetFileName(sample));
        var trials = TrialsFile.Read(path, run.Manifest, new ReadWarningCollector());
        Assert.NotEmpty(trials);
        Assert.Empty(run.ReadWarnings);
        AssertBytes(path, run.Manifest.SchemaVersion > 1 ? TrialSchema.Columns
            : [.. TrialSchema1.Columns.Select(column => column.Name == "flags" ? s_flagsOfSchema1 : column)], trials);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Doubts_OfASample_AreThoseThatItWasStoredWith(string sample)
    {
        var folder = Path.GetDirectoryName(PathOf(sample, RunFiles.Trials))!;
        var run = new RunStore(Path.GetDirectoryName(folder)!).Read(Path.GetFileName(folder));
        // No sample is stored with a doubt. Interference was never stored: it is derived from the telemetry.
        Assert.Empty(run.Trials.SelectMany(trial => trial.ClaimedDoubts));
        Assert.All(TrialReview.Review(run).SelectMany(view => view.Doubts), doubt => Assert.IsType<Interference>(doubt));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Tokens_ReadAndWritten_AreTheSameBytes(string sample)
    {
        var path = PathOf(sample, RunFiles.Tokens);
        var marks = TokensFile.Read(path, new ReadWarningCollector());
        Assert.NotEmpty(marks);
        AssertBytes(path, TokenSchema.Columns,
            [.. marks.SelectMany(entry => entry.Value.Select(mark => new TokenRow(entry.Key, mark)))]);
    }

    // Schema 1 stored a flag for the method of synthetic depth, and doubts.
    private static readonly Column<Trial> s_flagsOfSchema1 = Column<Trial>.Words("flags", "Flags.",
        trial => [.. trial.Flags.Names(), .. trial.ClaimedDoubts,
            .. trial.Method == SweepMethod.SyntheticDepth ? (string[])["sampled"] : []]);

    // Files of older versions lack columns, so each is written with the columns that its header names.
    private static void AssertBytes<TRow>(string path, IReadOnlyList<Column<TRow>> columns, IReadOnlyList<TRow> rows)
    {
        var names = File.ReadLines(path).First().Split(',');
        var table = new CsvTable<TRow>([.. names.Select(name => columns.Single(column => column.Name == name))]);
        Assert.Equal(File.ReadAllText(path), System.Text.Encoding.UTF8.GetString([.. table.Header, .. table.FormatRows(rows)]));
        Assert.Equal(columns.Select(column => column.Name).Where(names.Contains), names);
    }

    private static string PathOf(string sample, string file) => Path.Combine(Repository.Root!, "data", "samples", sample, file);
}
