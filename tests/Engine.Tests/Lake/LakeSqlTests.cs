using MemoryWall.Lake;
using MemoryWall.Lake.Queries;

namespace MemoryWall.Engine.Tests.Lake;

/// <summary>SQL reads the lake and nothing else, and changes nothing.</summary>
public sealed class LakeSqlTests : IDisposable
{
    private readonly LakeRig _lake = new();

    public void Dispose() => _lake.Dispose();

    [Theory]
    [InlineData("[1, NULL]")]
    [InlineData("{'a': 'x'}")]
    [InlineData("MAP {'k': 1}")]
    public async Task Query_ListsAndStructures_AreAskedForAsJson(string value)
    {
        var error = await Assert.ThrowsAsync<FormatException>(() => _lake.QueryAsync($"SELECT {value} AS parts FROM range(2)"));

        Assert.Contains("write to_json(parts)", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await _lake.QueryAsync($"SELECT to_json({value}) FROM range(2)")).Rows.Count);
    }

    [Theory]
    [InlineData("SELECT * FROM read_text('/etc/hostname')")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd', sep = ':')")]
    [InlineData("SELECT * FROM glob('/etc/*')")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM read_text('LAKE/../secret.txt')")]
    [InlineData("SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')")]
    [InlineData("COPY (SELECT 1) TO 'LAKE/runs/out.csv'")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("ATTACH 'LAKE/x.db' AS x")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("RESET allowed_directories")]
    [InlineData("PRAGMA database_list")]
    [InlineData("CREATE TABLE t AS SELECT 1")]
    [InlineData("DROP VIEW runs")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT nothing FROM runs")]
    [InlineData("SELEC 1")]
    [InlineData("SELECT 'a\n")]
    [InlineData("")]
    [InlineData("-- nothing")]
    public async Task Query_WhatDoesNotReadTheLake_IsOneClearLine(string sql)
    {
        await _lake.AddNewAsync(1);
        File.WriteAllText(Path.Combine(_lake.Root, "secret.txt"), "secret");
        var before = _lake.Files();

        var error = await Assert.ThrowsAsync<FormatException>(() =>
            _lake.QueryAsync(sql.Replace("LAKE", SqlText.Quote(_lake.Folder.Root).Trim('\''), StringComparison.Ordinal)));

        Assert.StartsWith("SQL: ", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 12, 500);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(before, _lake.Files());
    }

    [Fact]
    public async Task Query_ThatIsStopped_Stops()
    {
        await _lake.AddNewAsync(1);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LakeQuery.RunAsync(_lake.Folder,
            "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range % 7 = b.range", 10, rows => rows.Read().ToList(),
            stop.Token));
    }

    [Fact]
    public async Task Query_AnyType_BecomesAPlainValue()
    {
        var (rows, _) = await _lake.QueryAsync("SELECT 1::TINYINT, 2.5::DECIMAL(9,2), sum(3::BIGINT), "
            + "DATE '2026-01-02', TIMESTAMP '2026-01-02 03:04:05.6', NULL, 'x'::BLOB, true, 'é', 1::UTINYINT AS n, 2 AS n");

        Assert.Equal(
            [1L, 2.5, 3.0, "2026-01-02", new DateTime(2026, 1, 2, 3, 4, 5, 600), null, "78",
                true, "é", 1L, 2L], rows[0]);
    }

    [Fact]
    public async Task Query_MoreRowsThanAllowed_SaysSo()
    {
        var truncated = (false, 0L);
        foreach (var max in new[] { 3, 4 })
        {
            await LakeQuery.RunAsync(_lake.Folder, "SELECT * FROM range(4)", max,
                rows => truncated = (rows.Read().Count() == max && rows.IsTruncated, rows.Count), TestContext.Current.CancellationToken);
            Assert.Equal((max == 3, max), truncated);
        }
    }
}
