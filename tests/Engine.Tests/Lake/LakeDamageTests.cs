using MemoryWall.Lake.Files;
using MemoryWall.Lake.Tables;

namespace MemoryWall.Engine.Tests.Lake;

/// <summary>What is torn, damaged or foreign in a lake is named, and the rest is read.</summary>
public sealed class LakeDamageTests : IDisposable
{
    private readonly LakeRig _lake = new();

    public void Dispose() => _lake.Dispose();

    [Theory]
    [InlineData("trials", "torn")]
    [LongData("runs", "torn")]
    [LongData("trials", "empty")]
    [LongData("trials", "missing")]
    [LongData("trials", "text")]
    [LongData("trials", "page")]
    [LongData("trials", "other table")]
    [InlineData("telemetry", "other types")]
    public async Task Query_DamagedFile_IsNamedAndLeftOut(string table, string damage)
    {
        // Of one month.
        foreach (var number in new[] { 3, 6, 9 })
            await _lake.AddNewAsync(number);
        var file = _lake.Folder.List(LakeFolder.Runs).Files.Single(file => ((RunFileName)file.Name).Version.RunId == LakeRig.IdOf(6));
        var path = _lake.Folder.PathOf(table, file);
        await DamageAsync(path, damage, file);

        var (rows, problems) = await _lake.QueryAsync($"SELECT DISTINCT run_id FROM {table} ORDER BY 1");

        Assert.Equal([LakeRig.IdOf(3), LakeRig.IdOf(9)], rows.Select(row => row[0]));
        var problem = Assert.Single(problems);
        Assert.Equal(path, problem.Path);
        Assert.True(problem.LosesRuns);
        Assert.Contains(LakeRig.IdOf(6), problem.Reason, StringComparison.Ordinal);
        // It is not packed either, and stays until it is repaired.
        Assert.Contains((await _lake.CompactAsync()).Problems, found => found.LosesRuns && found.Path == path);
        Assert.Equal(damage != "missing", File.Exists(path));
    }

    [Theory]
    [InlineData("trials", "draft_tokens", 3)]
    [InlineData("trials", "draft_tokens", 1)]
    [InlineData("runs", "kernel", 3)]
    [InlineData("runs", "kernel", 1)]
    public async Task Query_FilesWithoutAColumnThatALaterVersionAdded_AreReadBesideADamagedOne(string table, string column, int old)
    {
        int[] numbers = [3, 6, 9, 12];
        foreach (var number in numbers)
            await _lake.AddNewAsync(number);
        var all = _lake.Folder.List(LakeFolder.Runs).Files.ToDictionary(file => ((RunFileName)file.Name).Version.RunId);
        foreach (var number in numbers[..old])
            await RemoveColumnAsync(table, all[LakeRig.IdOf(number)], column);
        var sound = await _lake.QueryAsync($"SELECT run_id, max({column}) FROM {table} GROUP BY run_id ORDER BY 1");
        Assert.Equal(numbers.Select(LakeRig.IdOf), sound.Rows.Select(row => row[0]));
        Assert.All(sound.Rows.Take(old), row => Assert.Null(row[1]));
        Assert.Empty(sound.Problems);
        var damaged = _lake.Folder.PathOf(table, all[LakeRig.IdOf(12)]);
        File.WriteAllText(damaged, "this is no Parquet file");

        var (rows, problems) = await _lake.QueryAsync($"SELECT run_id, max({column}) FROM {table} GROUP BY run_id ORDER BY 1");
        var compaction = await _lake.CompactAsync();

        // Where each file that is left lacks the column, it is absent and not unknown.
        Assert.Equal(numbers[..3].Select(LakeRig.IdOf), rows.Select(row => row[0]));
        Assert.Equal(damaged, Assert.Single(problems).Path);
        Assert.Equal((1, 3), (compaction.Packs, compaction.Runs));
        Assert.Equal(damaged, Assert.Single(compaction.Problems).Path);
    }

    [Fact]
    public async Task Query_FileWithAColumnThatThisVersionDoesNotKnow_IsNamedAsThat()
    {
        await _lake.AddNewAsync(3);
        await _lake.AddNewAsync(6);
        var path = _lake.Folder.PathOf("verdicts", _lake.Folder.List(LakeFolder.Runs).Files[0]);
        File.Delete(path);
        await ParquetTable.WriteAsync(path, new TableContent([RunColumns.Repeat(LakeRig.IdOf(3), 1),
            new ColumnValues("certainty", LakeType.Number, new double?[] { 1 })], 1), isDurable: false,
            TestContext.Current.CancellationToken);

        var (_, problems) = await _lake.QueryAsync("SELECT run_id FROM verdicts");

        Assert.Contains("this version does not know its column certainty, which a newer version or another program wrote",
            Assert.Single(problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_DamagedPack_IsNamed()
    {
        await _lake.AddNewAsync(3);
        await _lake.AddNewAsync(6);
        await _lake.AddNewAsync(1);
        await _lake.CompactAsync();
        var pack = _lake.Folder.List(LakeFolder.Runs).Files.Single(file => file.Name is PackFileName);
        var path = _lake.Folder.PathOf(LakeFolder.Runs, pack);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^20]);

        var (rows, problems) = await _lake.QueryAsync("SELECT run_id FROM runs");

        Assert.Equal(LakeRig.IdOf(1), Assert.Single(rows)[0]);
        Assert.Equal(path, Assert.Single(problems).Path);
    }

    [Fact]
    public async Task Query_FilesThatDoNotBelongThere_AreNamedAndNotRead()
    {
        await _lake.AddNewAsync(1);
        var file = _lake.Folder.PathOf(LakeFolder.Runs, _lake.Folder.List(LakeFolder.Runs).Files[0]);
        var month = Path.GetDirectoryName(file)!;
        File.WriteAllText(Path.Combine(month, "part-0.parquet"), "x");
        File.CreateSymbolicLink(Path.Combine(month, $"{Path.GetFileNameWithoutExtension(file)[..^8]}00000000.parquet"), file);
        Directory.CreateDirectory(Path.Combine(_lake.Folder.Root, "runs", "schema_version=2"));
        Directory.CreateDirectory(Path.Combine(_lake.Folder.Root, "runs", "schema_version=1", "started_month=2026-13-01"));

        var (rows, problems) = await _lake.QueryAsync("SELECT run_id FROM runs");

        Assert.Single(rows);
        Assert.Equal(4, problems.Count);
        Assert.All(problems, problem => Assert.False(problem.LosesRuns));
    }

    // As a version wrote it that did not have the column.
    private async Task RemoveColumnAsync(string table, LakeFile file, string removed)
    {
        var path = _lake.Folder.PathOf(table, file);
        var columns = LakeTables.Columns[table].Where(column => column.Name != removed).ToList();
        var values = await ParquetTable.ReadAsync(path, [.. columns.Select(column => column.Name)], TestContext.Current.CancellationToken);
        File.Delete(path);
        await ParquetTable.WriteAsync(path, new TableContent(
            [.. columns.Zip(values, (column, read) => new ColumnValues(column.Name, column.Type, read))], values[0].Length),
            isDurable: false, TestContext.Current.CancellationToken);
    }

    private async Task DamageAsync(string path, string damage, LakeFile file)
    {
        var bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "torn":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "missing":
                File.Delete(path);
                break;
            case "text":
                File.WriteAllText(path, "this is no Parquet file");
                break;
            case "page":
                bytes.AsSpan(4, bytes.Length / 2).Fill(0xFF);
                File.WriteAllBytes(path, bytes);
                break;
            case "other table":
                File.Copy(_lake.Folder.PathOf("verdicts", file), path, overwrite: true);
                break;
            default:
                File.Delete(path);
                await ParquetTable.WriteAsync(path, new TableContent(
                [
                    RunColumns.Repeat(LakeRig.IdOf(6), 1),
                    new ColumnValues("stretch", LakeType.Integer, new long?[] { 1 }),
                    new ColumnValues("at_seconds", LakeType.Number, new double?[] { 1 }),
                    new ColumnValues("host_cpu_busy_ratio", LakeType.Text, new[] { "=cmd" }),
                ], 1), isDurable: false, TestContext.Current.CancellationToken);
                break;
        }
    }
}
