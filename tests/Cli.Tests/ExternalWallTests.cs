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
    [InlineData(MemoryEnding.Slows, "slowed")]
    [InlineData(MemoryEnding.Refuses, "refused")]
    public async Task Wall_OfAServer_IsFoundByItsReportItsPaceOrItsRefusal(MemoryEnding ending, string regime)
    {
        await using var server = OllamaScript.Start(
            new Behaviour
            {
                Memory = (Largest, ending),
                Window = 65_536,
                TrainedContext = 65_536,
                Prefill = TimeSpan.FromMilliseconds(20),
                Step = TimeSpan.FromMilliseconds(4)
            }, OllamaGeneration.New);
        using var memwall = await Memwall.RunAsync(
            "wall", "--target", $"ollama://{server.Endpoint.Authority}/tiny", "--from", "1k", "--tolerance", "5", "--output-tokens", "8",
            "--runs", _runs.Path, "--telemetry-hz", "0", "--json");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var wall = memwall.Json["walls"]![0]!["wall"]!;
        var (inside, beyond) = ((int)wall["inside_tokens"]!, (int)wall["beyond_tokens"]!);
        // The window also contains the answer and a margin.
        Assert.InRange(Largest - 24, inside, beyond);
        Assert.InRange(beyond - inside, 1, 0.05 * beyond + 256);
        Assert.Equal(regime, (string)wall["beyond"]!["regime"]!);
    }
}
