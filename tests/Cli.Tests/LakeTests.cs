using System.IO.Compression;

namespace MemoryWall.Cli.Tests;

/// <summary>The commands on a lake, and runs as one checked file.</summary>
public sealed class LakeTests : IDisposable
{
    private readonly RunsFolder _folder = new();

    private string Lake => Path.Combine(_folder.Path, "lake");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lake_AddQueryTrendAndCompact_WorkTogether()
    {
        using var added = await InProcess.RunAsync("lake", "add", "samples/kv-f16", "samples/kv-q8_0", "--lake", Lake);
        Assert.True(added.ExitCode == 0, added.Error);
        Assert.Equal(2, added.Output.Split('\n').Count(line => line.EndsWith(" added", StringComparison.Ordinal)));
        var csv = Path.Combine(_folder.Path, "runs.csv");
        const string Sql = "SELECT '=1+1' AS formula, -2 AS number, kv_type, started_utc FROM runs ORDER BY kv_type";

        using var written = await InProcess.RunAsync("lake", "query", Sql, "--csv", csv, "--lake", Lake);
        Assert.True(written.ExitCode == 0, written.Error);
        var lines = await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken);
        Assert.Equal("formula,number,kv_type,started_utc", lines[0]);
        Assert.StartsWith("\"'=1+1\",-2,f16,2026-", lines[1], StringComparison.Ordinal);
        using var exists = await InProcess.RunAsync("lake", "query", Sql, "--csv", csv, "--lake", Lake);
        Assert.Equal(5, exists.ExitCode);
        Assert.Contains("--csv: the file", exists.Error, StringComparison.Ordinal);

        using var compacted = await InProcess.RunAsync("lake", "compact", "--lake", Lake);
        Assert.True(compacted.ExitCode == 0, compacted.Error);
        using var json = await Memwall.RunAsync("lake", "query", Sql, "--json", "--lake", Lake);
        Assert.Equal(["f16", "q8_0"], json.Json.AsArray().Select(row => (string?)row!["kv_type"]));
        Assert.Equal(-2, (int)json.Json[0]!["number"]!);

        using var trend = await InProcess.RunAsync("lake", "trend", "--lake", Lake);
        Assert.True(trend.ExitCode == 0, trend.Error);
        Assert.Contains("needs 10 runs", trend.Output, StringComparison.Ordinal);
        Assert.Contains("1 run of other settings", trend.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LakeQuery_WrongStatementOrFolder_IsOneLine()
    {
        Directory.CreateDirectory(Path.Combine(Lake, "runs"));
        using var wrong = await InProcess.RunAsync("lake", "query", "SELECT nothing FROM runs", "--lake", Lake);
        using var nowhere = await InProcess.RunAsync("lake", "query", "SELECT 1", "--lake", Path.Combine(_folder.Path, "nowhere"));

        Assert.Equal((2, 2), (wrong.ExitCode, nowhere.ExitCode));
        Assert.StartsWith("SQL: ", Assert.Single(wrong.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Contains("memwall lake add", Assert.Single(nowhere.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunsExport_ABundle_IsImportedComparedAndChecked()
    {
        var (bundle, runs) = (Path.Combine(_folder.Path, "one.zip"), Path.Combine(_folder.Path, "there"));
        using var exported = await InProcess.RunAsync("runs", "export", "samples/kv-f16", "--bundle", "-o", bundle);
        Assert.True(exported.ExitCode == 0, exported.Error);
        using var compared = await InProcess.RunAsync("runs", "compare", bundle, "data/samples/kv-q8_0".Insert(0, Root()));
        Assert.True(compared.ExitCode == 0, compared.Error);

        using var first = await InProcess.RunAsync("runs", "import", bundle, "--runs", runs);
        using var second = await InProcess.RunAsync("runs", "import", bundle, "--runs", runs);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Contains("nothing is added", second.Error, StringComparison.Ordinal);
        using (var archive = ZipFile.Open(bundle, ZipArchiveMode.Update))
            archive.Entries.Single(entry => entry.Name == "tokens.csv").Delete();
        using var damaged = await InProcess.RunAsync("runs", "import", bundle, "--runs", runs);
        Assert.Equal(5, damaged.ExitCode);
        Assert.Contains("tokens.csv is missing", damaged.Error, StringComparison.Ordinal);
    }

    private static string Root() => MemoryWall.Runs.Checkout.Find() + Path.DirectorySeparatorChar;
}
