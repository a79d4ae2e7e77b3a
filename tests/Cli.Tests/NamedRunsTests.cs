using System.IO.Compression;

namespace MemoryWall.Cli.Tests;

/// <summary>Every command takes a run by the same names.</summary>
public sealed class NamedRunsTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("runs", "show", "samples/kv-f16")]
    [InlineData("runs", "export", "kv-f16")]
    [InlineData("runs", "compare", "samples/kv-f16", "kv-q8_0")]
    [InlineData("compare", "--from", "samples/wall-standard,wall-managed")]
    public async Task Read_ASampleByName_IsFound(params string[] args)
    {
        using var memwall = await InProcess.RunAsync([.. args, "--runs", _runs.Path]);

        Assert.True(memwall.ExitCode == 0, memwall.Error);
        Assert.NotEmpty(memwall.Output);
    }

    [Fact]
    public async Task Export_SamplesFoldersAndZipFiles_AreOneZipFile()
    {
        var (first, second) = (Path.Combine(_runs.Path, ".one.zip"), Path.Combine(_runs.Path, ".two.zip"));
        using var one = await InProcess.RunAsync("export", "samples/kv-f16", "--to", "zip", "-o", first, "--runs", _runs.Path);
        Assert.True(one.ExitCode == 0, one.Error);
        Assert.Contains("server.log", one.Error, StringComparison.Ordinal);

        using var two = await InProcess.RunAsync("export", first, "kv-q8_0", "--to", "zip", "-o", second, "--runs", _runs.Path);

        Assert.True(two.ExitCode == 0, two.Error);
        using var archive = ZipFile.OpenRead(second);
        Assert.Equal(2, archive.Entries.Count(entry => entry.Name == "run.json"));
    }

    [Theory]
    [InlineData("rename", "samples/kv-f16", "x")]
    [InlineData("note", "kv-f16", "x")]
    [InlineData("archive", "samples/kv-f16")]
    [InlineData("rm", "samples/kv-f16", "--yes")]
    public async Task Change_ASample_IsRefused(params string[] args)
    {
        using var memwall = await InProcess.RunAsync(["runs", .. args, "--runs", _runs.Path]);

        Assert.Equal(5, memwall.ExitCode);
        Assert.Contains("samples stay as they are", memwall.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs", "list")]
    [InlineData("runs", "show", "latest")]
    [InlineData("export", "latest", "--to", "csv")]
    [InlineData("dashboard")]
    public async Task Read_FolderThatDoesNotExist_NamesTheOption(params string[] args)
    {
        using var memwall = await InProcess.RunAsync([.. args, "--runs", "/nonexistent"]);

        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("--runs: there is no folder '/nonexistent'", memwall.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare", "--stage", "standard", "--cap", "1B")]
    [InlineData("compare", "--system", "standard", "--system", "managed", "--cap", "1B")]
    [InlineData("sweep", "--cap", "1G,1B")]
    [InlineData("sweep", "--cap", "1B")]
    public async Task Measure_WithAnImpossibleCap_StartsNoServer(params string[] args)
    {
        using var memwall = await InProcess.RunAsync([.. args, "--runs", _runs.Path]);

        Assert.Equal(3, memwall.ExitCode);
        Assert.Contains("cap: 1 bytes are too few for a process", memwall.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("starting", memwall.Error, StringComparison.Ordinal);
    }
}
