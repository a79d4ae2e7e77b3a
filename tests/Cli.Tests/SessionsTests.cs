using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary><c>memwall sessions</c> as a program, with the real embedded server.</summary>
public sealed class SessionsTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(new[] { "--users", "1,two" }, "--users: 'two' is not a whole number; for example --users 1,2,4,8")]
    [InlineData(new[] { "--order", "sorted" }, "--order: 'sorted' is unknown; write round-robin, random or bursty")]
    [InlineData(new[] { "--system", "swap" }, "--system: 'swap' is unknown; write recompute, ram, tier, or NAME=TARGET")]
    [InlineData(new[] { "--think", "soon" }, "--think: 'soon' is not a duration")]
    [InlineData(new[] { "--requests", "5" }, "--requests, --scale-context and --speed are for --trace")]
    [InlineData(new[] { "--trace", "/nowhere.jsonl" }, "--trace: '/nowhere.jsonl' cannot be read")]
    [InlineData(new[] { "--turns", "many" }, "--turns: 'many' is not a whole number; for example --turns 6")]
    [InlineData(new[] { "extra" }, "'extra' belongs to no option; 'memwall sessions --help' lists the options")]
    public async Task Sessions_WrongOption_IsNamed(string[] options, string message)
    {
        using var memwall = await Memwall.RunAsync(["sessions", .. options, "--runs", _runs.Path]);

        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(message, memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_EmbeddedPolicies_ServeTheSameConversations()
    {
        using var memwall = await Memwall.RunAsync("sessions", "--target", Memwall.Tiny, "--users", "2", "--turns", "3", "--first", "1k",
            "--grow", "600", "--answer", "8", "--runs", _runs.Path, "--telemetry-hz", "0", "--json");

        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var runs = memwall.Json["runs"]!.AsArray();
        Assert.Equal(2, runs.Count);
        var turns = runs.Select(run => run!["trials"]!.AsArray().Where(trial => trial!["session_turn"] is not null).ToList()).ToList();
        Assert.All(turns, trials => Assert.Equal([1024, 1024, 1632, 1632, 2240, 2240],
            trials.Select(trial => (int)trial!["counted_prompt_tokens"]!)));
        JsonNode?[] Column(int run, string name) => [.. turns[run].Select(trial => trial![name])];
        Assert.Equal(Column(0, "session_answer_sha256").Select(Text), Column(1, "session_answer_sha256").Select(Text));
        Assert.Equal(Column(0, "nonce").Select(Text), Column(1, "nonce").Select(Text));
        // One slot: the other user has evicted each conversation. A copy in memory brings it back.
        Assert.All(Column(0, "cached_prompt_tokens"), cached => Assert.Equal(0, (int)cached!));
        Assert.All(Column(1, "cached_prompt_tokens").Skip(2), cached => Assert.True((int)cached! >= 512));
    }

    private static string? Text(JsonNode? node) => (string?)node;
}
