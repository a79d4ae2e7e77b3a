using System.Text.Json;

namespace MemoryWall.Cli.Tests;

/// <summary>Files that generate no text are refused by name in every command, before anything is started.</summary>
public sealed class ModelKindTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-kinds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("sweep", "--contexts", "256", "--telemetry-hz", "0", "--target")]
    [InlineData("forecast", "--model")]
    [InlineData("prompt", "256", "--model")]
    public async Task Command_OnAnLfsPointer_NamesIt(params string[] args)
    {
        var path = Path.Combine(_folder, "pointer.gguf");
        await File.WriteAllTextAsync(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
            TestContext.Current.CancellationToken);
        using var memwall = await InProcess.RunAsync([.. args, args[0] == "sweep" ? $"embedded:{path}" : path]);

        Assert.NotEqual(0, memwall.ExitCode);
        Assert.Contains("Git LFS pointer", memwall.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("starting", memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_Json_IsJson()
    {
        using var memwall = await Memwall.RunAsync("doctor", "--json");
        using var checks = JsonDocument.Parse(memwall.Output);
        Assert.Contains(checks.RootElement.EnumerateArray(), check => check.GetProperty("name").GetString() == "memory"
            && check.GetProperty("state").GetString() == "ok");
    }
}
