using System.Text.Json.Nodes;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Cli.Tests;

/// <summary><c>memwall sessions</c> as a program, with the real embedded server.</summary>
public sealed class SessionsTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(new[] { "--users", "1,two" }, "--users: 'two' is not a whole number; for example --users 1,2,4,8")]
    [InlineData(new[] { "--users", "auto", "--slo", "itl=50ms" }, "--users auto: it searches for the number of users at which the time to "
        + "the first token misses a limit; name the limit, for example --slo ttft=2s")]
    [InlineData(new[] { "--users", "auto:8", "--slo", "ttft=2s" },
        "--users: 'auto:8' is no range of users; for example --users auto:1..64")]
    [InlineData(new[] { "--trace", "x.jsonl", "--users", "auto", "--slo", "ttft=2s" }, "--trace has its own users; omit --users auto")]
    [InlineData(new[] { "--order", "sorted" }, "--order: 'sorted' is unknown; write round-robin, random or bursty")]
    [InlineData(new[] { "--system", "swap" }, "--system: 'swap' is unknown; write recompute, ram, tier, or NAME=TARGET")]
    [InlineData(new[] { "--think", "soon" }, "--think: 'soon' is not a duration")]
    [InlineData(new[] { "--requests", "5" }, "--requests, --scale-context and --speed are for --trace")]
    [InlineData(new[] { "--trace", "/nowhere.jsonl" }, "--trace: '/nowhere.jsonl' cannot be read")]
    [InlineData(new[] { "--turns", "many" }, "--turns: 'many' is not a whole number; for example --turns 6")]
    [InlineData(new[] { "extra" }, "'extra' belongs to no option; 'memwall sessions --help' lists the options")]
    public async Task Sessions_WrongOption_IsNamed(string[] options, string message)
    {
        using var memwall = await InProcess.RunAsync(["sessions", .. options, "--runs", _runs.Path]);

        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(message, memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_EmbeddedPolicies_ServeTheSameConversations()
    {
        using var memwall = await InProcess.RunAsync("sessions", "--target", Memwall.Tiny, "--users", "2", "--turns", "3", "--first", "1k",
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

    // The program is gone in the middle of the second level, while the server computes an answer.
    [LongFact]
    public async Task Sessions_Killed_ResumeLosesNoFinishedTurnAndCountsNoneTwice()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kills the program as kill -9 does");
        const int Finished = 1 + 4 + 1 + 4;
        var (asked, isKilled) = (0, false);
        await using var server = LyingServer.Start(request =>
        {
            var isTurn = request.Path == "/v1/completions" && request.Json.GetProperty("max_tokens").GetInt32() == 8;
            var hangs = isTurn && Interlocked.Increment(ref asked) > Finished && !Volatile.Read(ref isKilled);
            return new OpenAiScript(hangs ? new Behaviour { Ending = Ending.Hang, EndAfter = 0 } : new Behaviour()).Answer(request);
        });
        using (var killed = Memwall.Start("sessions", "--target", $"openai://{server.Endpoint.Authority}/tiny", "--users", "1,3",
            "--turns", "4", "--first", "128", "--grow", "64", "--answer", "8", "--runs", _runs.Path, "--telemetry-hz", "0"))
        {
            await killed.WaitForAsync(() => Rows() == Finished && Volatile.Read(ref asked) > Finished);
            killed.Kill();
            await killed.ExitAsync();
        }
        Volatile.Write(ref isKilled, true);
        using var resumed = await Memwall.RunAsync("sessions", "--resume", Path.GetFileName(_runs.Run)!, "--runs", _runs.Path,
            "--telemetry-hz", "0", "--json");

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        var trials = resumed.Json["runs"]![0]!["trials"]!.AsArray();
        var turns = trials.Where(trial => trial!["session_turn"] is not null).ToList();
        // What was finished is still there, and the level that was interrupted has all of its turns again.
        Assert.Equal(Finished + 1 + 12, trials.Count);
        Assert.Equal(turns.Count, turns.Select(trial => (int)trial!["number"]!).Distinct().Count());
        Assert.Equal(4, turns.Count(trial => (int)trial!["session_users"]! == 1));
        var levels = resumed.Json["sessions"]!["systems"]![0]!["levels"]!.AsArray();
        Assert.Equal([(1, 4, 0), (3, 12, 0)], levels.Select(level =>
            ((int)level!["users"]!, (int)level["all"]!["requests"]!, (int)level["incomplete"]!)));
        Assert.Equal(12, levels[1]!["all"]!["trials"]!.AsArray().Select(trial => (int)trial!).Distinct().Count());
        // No prompt of the second attempt begins like one of the first, so that the server's cache knows none.
        var nonces = turns.Where(trial => (int)trial!["session_users"]! == 3).Select(trial => (string)trial!["nonce"]!).ToList();
        Assert.Empty(nonces.SkipLast(12).Intersect(nonces.TakeLast(12)));
    }

    // Warm-ups included, without the header.
    private int Rows() => _runs.Run is { } run && File.Exists(Path.Combine(run, "trials.csv"))
        ? File.ReadLines(Path.Combine(run, "trials.csv")).Count() - 1
        : 0;

    // The whole trace is replayed by the benchmark "sessions".
    [LongFact]
    public async Task Sessions_Trace_IsReplayedOnTheEmbeddedServer()
    {
        var trace = Path.Combine(Runs.Checkout.FindAbove(AppContext.BaseDirectory)!, "data", "traces", "example-conversation.jsonl");
        using var memwall = await InProcess.RunAsync("sessions", "--target", Memwall.Tiny, "--trace", trace, "--requests", "24",
            "--scale-context", "1/64", "--speed", "1000x", "--batch", "32", "--system", "ram", "--runs", _runs.Path,
            "--telemetry-hz", "0", "--json");

        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var turns = memwall.Json["runs"]![0]!["trials"]!.AsArray().Where(trial => trial!["session_turn"] is not null).ToList();
        Assert.Equal(24, turns.Count);
        Assert.All(turns, turn => Assert.Equal((int)turn!["context_tokens"]!, (int)turn["counted_prompt_tokens"]!));
        // A part of what earlier requests had is found, and no more.
        Assert.All(turns, turn => Assert.DoesNotContain("excess_reuse", turn!["doubts"]!.ToJsonString(), StringComparison.Ordinal));
        Assert.Contains(turns, turn => (int)turn!["cached_prompt_tokens"]! > 0);
        Assert.Equal(24, (int)memwall.Json["sessions"]!["systems"]![0]!["levels"]![0]!["all"]!["requests"]!);
    }

    private static string? Text(JsonNode? node) => (string?)node;
}
