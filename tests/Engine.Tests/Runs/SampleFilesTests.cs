using MemoryWall.Core.Tables;
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
        var plan = new RunStore(Path.GetDirectoryName(Path.GetDirectoryName(path))!).Read(Path.GetFileName(sample)).Manifest.Plan;
        var trials = TrialsFile.Read(path, plan, new ReadWarningCollector());
        Assert.NotEmpty(trials);
        AssertBytes(path, TrialSchema.Columns, trials);
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
