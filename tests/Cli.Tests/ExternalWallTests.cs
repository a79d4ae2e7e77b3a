using MemoryWall.ScriptedServer;

namespace MemoryWall.Cli.Tests;

/// <summary>The search for the wall on an external server: without a cap or counters, only from its answers and their speed.</summary>
public sealed class ExternalWallTests : IDisposable
{
    private const int Largest = 9_000;
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(MemoryEnding.Spills, "spilling")]
    [LongData(MemoryEnding.Refuses, "refused")]
    public async Task Wall_OfAServer_IsFoundByItsReportOrItsRefusal(MemoryEnding ending, string regime)
    {
        await using var server = Start(ending);
        using var memwall = await SearchAsync(server);
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var wall = memwall.Json["walls"]![0]!["wall"]!;
        var (inside, beyond) = ((int)wall["inside_tokens"]!, (int)wall["beyond_tokens"]!);
        // The window also contains the answer and a margin.
        Assert.InRange(Largest - 24, inside, beyond);
        Assert.InRange(beyond - inside, 1, 0.05 * beyond + 256);
        Assert.Equal(regime, (string)wall["beyond"]!["regime"]!);
    }

    /// <summary>A server that is only slow shows no evidence of memory: its pace alone is no wall.</summary>
    [LongFact]
    public async Task Wall_OfAServerThatIsOnlySlow_IsNotFound_AndTheSlowdownIsReported()
    {
        await using var server = Start(MemoryEnding.Slows);
        // Far beyond, the time per token that the depth explains is so long that this server is within it.
        using var memwall = await SearchAsync(server, "--to", "24k");
        var wall = memwall.Json["walls"]![0]!["wall"]!;
        Assert.Null(wall["beyond_tokens"]);
        Assert.InRange((int)wall["slower_from_tokens"]!, Largest - 24, 65_536);
        Assert.Contains("the cause is not known", (string)memwall.Json["walls"]![0]!["verdict"]!["sentence"]!, StringComparison.Ordinal);
    }

    private static LyingServer Start(MemoryEnding ending) => OllamaScript.Start(
        new Behaviour
        {
            Memory = (Largest, ending),
            Window = 65_536,
            TrainedContext = 65_536,
            Prefill = TimeSpan.FromMilliseconds(20),
            Step = TimeSpan.FromMilliseconds(4)
        }, OllamaGeneration.New);

    private Task<InProcess> SearchAsync(LyingServer server, params string[] more) => InProcess.RunAsync(
    [
        "wall", "--target", $"ollama://{server.Endpoint.Authority}/tiny", "--from", "1k", "--tolerance", "5", "--output-tokens", "8",
        "--runs", _runs.Path, "--telemetry-hz", "0", "--json", .. more,
    ]);
}
