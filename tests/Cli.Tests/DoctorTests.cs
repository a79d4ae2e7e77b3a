using System.Text.Json.Nodes;
using MemoryWall.Export.Pictures;

namespace MemoryWall.Cli.Tests;

/// <summary>What <c>memwall doctor</c> lists.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly RunsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The doctor looks where --pdf and export look.
    [Fact]
    public async Task Doctor_Browser_IsTheOneThatPrintsPages()
    {
        var program = Path.Combine(_folder.Path, "my-browser");
        Assert.Equal("missing", (string?)(await ReadAsync(program))["state"]);
        Assert.Contains(Browser.Variable, (string?)(await ReadAsync(program))["hint"], StringComparison.Ordinal);
        await File.WriteAllTextAsync(program, "", TestContext.Current.CancellationToken);
        Assert.Equal(program, (string?)(await ReadAsync(program))["detail"]);
    }

    private async Task<JsonNode> ReadAsync(string program)
    {
        using var doctor = Memwall.Start(["doctor", "--json", "--runs", _folder.Path],
            start => start.Environment[Browser.Variable] = program);
        await doctor.ExitAsync();
        return doctor.Json.AsArray().Single(check => (string?)check!["name"] == "browser")!;
    }
}
