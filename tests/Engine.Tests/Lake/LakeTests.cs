using MemoryWall.Analysis.Reports;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Tables;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Engine.Tests.Lake;

/// <summary>Runs become rows of tables, each run once, whatever happens in between.</summary>
public sealed class LakeTests : IDisposable
{
    private readonly LakeRig _lake = new();

    public void Dispose() => _lake.Dispose();

    [Fact]
    public async Task Add_TheSameRunAgain_ChangesNothing()
    {
        var run = _lake.CreateRun(1);
        Assert.Equal(LakeChange.Added, (await _lake.AddAsync(run)).Change);
        var before = _lake.Files();

        Assert.Equal(LakeChange.Unchanged, (await _lake.AddAsync(run)).Change);

        Assert.Equal(before, _lake.Files());
        Assert.Equal(LakeFolder.Tables.Count, before.Count);
    }

    [Fact]
    public async Task Add_AResumedRun_ReplacesIt()
    {
        await _lake.AddNewAsync(1);
        await _lake.AddNewAsync(2);

        Assert.Equal(LakeChange.Replaced, (await _lake.AddAsync(_lake.Grow(1, trials: 4))).Change);

        Assert.Equal([LakeRig.IdOf(1), LakeRig.IdOf(2)], await _lake.ListRunsAsync());
        Assert.Equal(10L, (await _lake.QueryAsync("SELECT count(*) FROM trials")).Rows[0][0]);
        Assert.Equal(2 * LakeFolder.Tables.Count, _lake.Files().Count);
    }

    [Fact]
    public async Task Add_AnotherRunOfTheSameId_IsRefused()
    {
        await _lake.AddNewAsync(1);
        var other = new RunStore(Path.Combine(_lake.Root, "others"));
        var manifest = _lake.Store.Read(LakeRig.IdOf(1)).Manifest;
        other.Create(manifest with { StartedUtc = manifest.StartedUtc.AddDays(1) }).Dispose();

        var error = await Assert.ThrowsAsync<StoreException>(() => _lake.AddAsync(Path.Combine(other.Root, LakeRig.IdOf(1))));

        Assert.Contains("another run of the id", error.Message, StringComparison.Ordinal);
        Assert.Equal(3L, (await _lake.QueryAsync("SELECT count(*) FROM trials")).Rows[0][0]);
    }

    [Fact]
    public async Task Add_ARunThatIsBeingMeasured_IsRefused()
    {
        using var writer = _lake.Store.Create(Runs.StoreSamples.Manifest());

        var error = await Assert.ThrowsAsync<StoreException>(() => _lake.AddAsync(writer.Directory));

        Assert.Contains("being measured", error.Message, StringComparison.Ordinal);
        Assert.False(_lake.Folder.Exists);
    }

    [Fact]
    public async Task Query_ASample_HasTheValuesOfItsReport()
    {
        var sample = Directory.GetDirectories(SampleRuns.Find("kv-f16")!).Single();
        await _lake.AddAsync(sample);
        var report = RunReport.Create(RunReader.Read(sample, withMarks: true).Run);

        var medians = await _lake.QueryAsync("SELECT context_tokens, median(generation_tps) FROM trials "
            + "WHERE NOT is_warmup AND NOT is_left_out AND generation_tps IS NOT NULL GROUP BY ALL ORDER BY ALL");

        Assert.Equal(report.Contexts.Where(context => context.GenerationTps is { LeavesOutDisturbed: false })
            .Select(context => ((long)context.ContextTokens, Math.Round(context.GenerationTps!.Median, 9))),
            medians.Rows.Select(row => ((long)row[0]!, Math.Round((double)row[1]!, 9)))
                .Where(row => report.Contexts.Any(context => context.ContextTokens == row.Item1
                    && context.GenerationTps is { LeavesOutDisturbed: false })));
        var counts = await _lake.QueryAsync("SELECT (SELECT count(*) FROM tokens), (SELECT count(*) FROM telemetry), "
            + "(SELECT count(*) FROM verdicts), (SELECT started_utc FROM runs)");
        Assert.Equal(
            [(long)report.Run.Marks.Sum(marks => marks.Value.Count), (long)report.Run.Telemetry.Sum(timeline => timeline.Samples.Count),
                report.Verdicts.Count + 1L, new DateTime(report.Manifest.StartedUtc.UtcTicks / 10 * 10)], counts.Rows[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Query_EveryTable_HasTheDeclaredColumns(bool isEmpty)
    {
        if (!isEmpty)
            await _lake.AddNewAsync(1);
        foreach (var (table, columns) in LakeTables.Columns)
        {
            var described = (await _lake.QueryAsync($"SELECT column_name, column_type FROM (DESCRIBE {table})")).Rows
                .Select(row => ((string)row[0]!, (string)row[1]!)).ToList();
            var expected = columns.Select(column => (column.Name, column.SqlType)).Concat(LakeTables.Partitions).ToList();

            Assert.Equal(expected.Order(), described.Where(column => column.Item1 != "host_cpu_busy_ratio").Order());
        }
    }

    [Fact]
    public async Task Query_Partitions_AreColumns()
    {
        await _lake.AddNewAsync(1);

        var (rows, _) = await _lake.QueryAsync("SELECT schema_version, started_month FROM tokens LIMIT 1");

        Assert.Equal([1L, "2026-02-01"], rows[0]);
    }

    [Fact]
    public async Task Compact_AnyLake_KeepsEveryRow()
    {
        foreach (var number in Enumerable.Range(1, 6))
            await _lake.AddNewAsync(number);
        var before = await _lake.DumpAsync();

        var first = await _lake.CompactAsync();

        Assert.Equal((3, 6, 3), (first.Packs, first.Runs, first.FilesAfter));
        Assert.Equal(before, await _lake.DumpAsync());
        Assert.Equal(0, (await _lake.CompactAsync()).Packs);
        Assert.Equal(3 * LakeFolder.Tables.Count, _lake.Files().Count);
        // The packs know what they have.
        Assert.Equal(LakeChange.Unchanged, (await _lake.AddAsync(Path.Combine(_lake.Store.Root, LakeRig.IdOf(3)))).Change);
    }

    [Fact]
    public async Task Compact_ThatDiesBeforeItRemovesFiles_LeavesEachRunOnce()
    {
        foreach (var number in new[] { 3, 6, 9 })
            await _lake.AddNewAsync(number);
        var before = await _lake.DumpAsync();
        var copies = Directory.EnumerateFiles(_lake.Folder.Root, "*", SearchOption.AllDirectories)
            .Select(path => (path, Bytes: File.ReadAllBytes(path))).ToList();
        await _lake.CompactAsync();
        foreach (var (path, bytes) in copies)
            File.WriteAllBytes(path, bytes);

        Assert.Equal(before, await _lake.DumpAsync());
        await _lake.CompactAsync();
        Assert.Equal(before, await _lake.DumpAsync());
        Assert.Equal(LakeFolder.Tables.Count, _lake.Files().Count);
    }

    [Fact]
    public async Task Compact_TwiceAtOnce_LeavesEachRunOnce()
    {
        foreach (var number in new[] { 3, 6, 9 })
            await _lake.AddNewAsync(number);
        var before = await _lake.DumpAsync();
        await _lake.CompactAsync();
        // The pack of another process that read the same files.
        var pack = _lake.Folder.List(LakeFolder.Runs).Files.Single();
        var second = pack with { Name = LakeFileName.ForPack(DateTimeOffset.UnixEpoch) };
        foreach (var table in LakeFolder.Tables)
            File.Copy(_lake.Folder.PathOf(table, pack), _lake.Folder.PathOf(table, second));

        Assert.Equal(before, await _lake.DumpAsync());
        await _lake.AddAsync(_lake.Grow(6, trials: 1));
        Assert.Equal(10L, (await _lake.QueryAsync("SELECT count(*) FROM trials")).Rows[0][0]);
        await _lake.CompactAsync();
        Assert.Equal(10L, (await _lake.QueryAsync("SELECT count(*) FROM trials")).Rows[0][0]);
        Assert.Equal(3, (await _lake.ListRunsAsync()).Count);
        Assert.Equal(LakeFolder.Tables.Count, _lake.Files().Count);
    }

    [Fact]
    public async Task Add_ThatDiesInBetween_IsNotInTheLake()
    {
        await _lake.AddNewAsync(1);
        await _lake.AddNewAsync(4);
        var half = _lake.Folder.List(LakeFolder.Runs).Files[0];
        File.Delete(_lake.Folder.PathOf(LakeFolder.Runs, half));
        File.Delete(_lake.Folder.PathOf("trials", half));
        var id = ((RunFileName)half.Name).Version.RunId;

        Assert.DoesNotContain(id, await _lake.ListRunsAsync());
        Assert.Empty((await _lake.QueryAsync($"SELECT * FROM tokens WHERE run_id = '{id}'")).Rows);
        Assert.Equal(LakeChange.Added, (await _lake.AddAsync(Path.Combine(_lake.Store.Root, id))).Change);
        Assert.Equal(2, (await _lake.ListRunsAsync()).Count);
        Assert.Equal(6L, (await _lake.QueryAsync("SELECT count(*) FROM trials")).Rows[0][0]);
    }

    [Fact]
    public async Task Compact_WhatWasAbandonedLongAgo_IsRemoved()
    {
        await _lake.AddNewAsync(1);
        var month = Path.GetDirectoryName(_lake.Folder.PathOf("trials", _lake.Folder.List("trials").Files[0]))!;
        var old = Path.Combine(month, ".x.tmp");
        File.WriteAllText(old, "");
        File.SetLastWriteTimeUtc(old, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllText(Path.Combine(month, ".y.tmp"), "");

        await _lake.CompactAsync();

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(Path.Combine(month, ".y.tmp")));
    }

    [Fact]
    public async Task Add_ColumnsOfTelemetryThatNoSamplerWrites_AreNamed()
    {
        var run = _lake.CreateRun(1);
        File.WriteAllText(Path.Combine(run, "telemetry.csv"), "at_seconds,run_id,Host_CPU,host_cpu_busy_ratio,\"a\"\" b\"\n1,2,3,4,5\n");

        var addition = await _lake.AddAsync(run);

        Assert.Contains("run_id", addition.LeftOut);
        Assert.Contains("Host_CPU", addition.LeftOut);
        Assert.Equal([LakeRig.IdOf(1), 4.0], (await _lake.QueryAsync("SELECT run_id, host_cpu_busy_ratio FROM telemetry")).Rows[0]);
    }
}
