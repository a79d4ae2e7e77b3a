using System.Text.Json;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Runs;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>
/// One sweep for each protocol against a server that behaves wrongly at every second context, each time in another way. Checks the outcome
/// and the flags of that trial, that no rate is shown that may be false, and that the next trial is correct again.
/// </summary>
public sealed class LyingServerSweepTests : IDisposable
{
    private const int Asked = 8;
    private const int FirstHonest = 40;
    private const int FirstLie = 400;
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan s_prefill = TimeSpan.FromMilliseconds(15);
    private static readonly string[] s_tellCache = ["openai", "llama-server"];

    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-lies-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    private sealed record Lie(Behaviour Behaviour, string Outcome, string Doubts = "", bool Prefill = false,
        bool Generation = false, string[]? Protocols = null);

    private static readonly Dictionary<string, Lie> s_lies = new()
    {
        ["none"] = new(new Behaviour(), "completed", Prefill: true, Generation: true),
        ["no final frame"] = new(new Behaviour { Ending = Ending.NoFinalFrame }, "protocol_broken"),
        ["error mid-stream"] = new(new Behaviour { Ending = Ending.Error }, "target_died"),
        ["out of memory mid-stream"] = new(new Behaviour { Ending = Ending.Error, ErrorText = "CUDA out of memory" }, "out_of_memory"),
        ["reset"] = new(new Behaviour { Ending = Ending.Reset }, "target_died"),
        ["closed"] = new(new Behaviour { Ending = Ending.Close }, "target_died"),
        ["silence"] = new(new Behaviour { Ending = Ending.Hang }, "timed_out"),
        ["slow drip"] = new(new Behaviour { Step = TimeSpan.FromMilliseconds(420) }, "timed_out"),
        ["endless"] = new(new Behaviour { Ending = Ending.Endless }, "protocol_broken"),
        ["garbage"] = new(new Behaviour { Ending = Ending.Garbage }, "protocol_broken"),
        ["giant line"] = new(new Behaviour { Ending = Ending.GiantLine }, "protocol_broken"),
        ["repeat guard"] = new(new Behaviour { Ending = Ending.RepeatGuard }, "protocol_broken"),
        ["403"] = new(new Behaviour { Refusal = (403, "") }, "refused"),
        ["429"] = new(new Behaviour { Refusal = (429, """{"error":"slow down"}""") }, "refused"),
        ["500"] = new(new Behaviour { Refusal = (500, """{"error":"something broke"}""") }, "refused"),
        ["503"] = new(new Behaviour { Refusal = (503, """{"detail":"busy"}""") }, "refused"),
        ["runner dead in prefill"] = new(new Behaviour { Refusal = (500, """{"error":"model runner has unexpectedly stopped"}""") },
            "target_died"),
        ["truncated"] = new(new Behaviour { CountedPrompt = 200 }, "truncated"),
        ["counts too many"] = new(new Behaviour { CountedPrompt = 9000 }, "miscounted"),
        ["cache that it tells of"] = new(new Behaviour { CachedPrompt = 300 }, "completed", "cache_hit", Generation: true,
            Protocols: s_tellCache),
        ["no counts"] = new(new Behaviour { OmitCounts = true }, "completed", "count_unreported"),
        ["ends early"] = new(new Behaviour { Tokens = 3, StopReason = "stop" }, "completed", "early_stop", Prefill: true),
        ["one token"] = new(new Behaviour { Tokens = 1, StopReason = "stop" }, "completed",
            "early_stop|too_short_for_rate", Prefill: true),
        ["no token"] = new(new Behaviour { Tokens = 0 }, "protocol_broken", "early_stop|too_short_for_rate"),
        ["split bytes"] = new(new Behaviour { Text = " é漢😀", TearEvery = 1 }, "completed", Prefill: true, Generation: true),
        ["two tokens in a chunk"] = new(new Behaviour { TokensPerChunk = 2 }, "completed", Prefill: true, Generation: true,
            Protocols: ["ollama-old", "ollama-new", "llama-server"]),
        ["two tokens in a chunk, no durations"] = new(new Behaviour { TokensPerChunk = 2 }, "completed", Prefill: true,
            Protocols: ["openai"]),
        ["durations of 0"] = new(
            new Behaviour { ReportedPrefill = TimeSpan.Zero, ReportedGeneration = TimeSpan.Zero, Step = TimeSpan.FromMilliseconds(5) },
            "completed", Prefill: true, Generation: true),
        ["loaded again"] = new(new Behaviour { ReportedLoad = TimeSpan.FromMilliseconds(900) }, "completed", "reloaded",
            Prefill: true, Generation: true, Protocols: ["ollama-old", "ollama-new"]),
        ["held back"] = new(new Behaviour { HeldBack = true }, "completed", "buffered", Protocols: ["openai"]),
        ["held back, with durations"] = new(new Behaviour { HeldBack = true }, "completed", "buffered", Prefill: true, Generation: true,
            Protocols: ["ollama-old", "ollama-new", "llama-server"]),
    };

    [Theory]
    [LongData("ollama-old")]
    [LongData("ollama-new")]
    [LongData("openai")]
    [InlineData("llama-server")]
    public async Task RunAsync_WrongAnswerAtEverySecondContext_HasItsOutcomeAndTheSweepContinues(string protocol)
    {
        var lies = s_lies.Where(lie => lie.Value.Protocols?.Contains(protocol) ?? true).ToList();
        var servers = lies.Select(lie => Server(protocol, lie.Value.Behaviour with
        {
            Prefill = s_prefill,
            Step = lie.Value.Behaviour.Step == default ? s_step : lie.Value.Behaviour.Step,
        })).ToList();
        var honest = Server(protocol, new Behaviour { Prefill = s_prefill, Step = s_step });
        using var load = MachineLoad.Watch();
        var trials = await SweepAsync(protocol, lies.Count,
            request => PlaceOf(request) is >= 0 and var place && place < servers.Count ? servers[place](request) : honest(request));

        Assert.Equal(2 * lies.Count, trials.Count);
        // A client that is not scheduled for a second sees a silent server.
        load.Judge(() => Assert.Multiple(
            [.. lies.Select((lie, place) => (Action)(() => Check(lie.Key, lie.Value, trials[2 * place], trials[(2 * place) + 1])))]));
    }

    private static void Check(string name, Lie lie, TrialView trial, TrialView after)
    {
        // A busy machine can disturb any trial, which is not the server's doing: a client that was not scheduled for a while receives the
        // answer in one piece and it is doubted as buffered.
        string[] disturbances = lie.Doubts == "buffered" ? ["clocks_disagree", "queued"] : ["clocks_disagree", "queued", "buffered"];
        var (stalled, stalledAfter) = (HasNoRate(trial), HasNoRate(after));
        Assert.Equal((name, lie.Outcome, lie.Doubts),
            (name, trial.Trial.Outcome.Kind, string.Join('|', trial.Doubts.Select(doubt => doubt.Kind).Except(disturbances))));
        Assert.Equal((name, lie.Prefill && !stalled, lie.Generation && !stalled && !IsBunched(trial)),
            (name, trial.PrefillRate is not null, trial.GenerationRate is not null));
        Assert.Equal((name, "completed", !stalledAfter, !stalledAfter && !IsBunched(after)),
            (name, after.Trial.Outcome.Kind, after.PrefillRate is not null, after.GenerationRate is not null));
    }

    // Rates that the server reports rest on no arrival.
    private static bool HasNoRate(TrialView trial) => trial.Doubts.OfType<Buffered>().Any(doubt => !doubt.HasReportedRates);

    private static bool IsBunched(TrialView trial) => trial.NoGenerationRateReason is BunchedArrivals;

    private async Task<IReadOnlyList<TrialView>> SweepAsync(string protocol, int lies, Func<ScriptedRequest, Reply> answer)
    {
        await using var server = LyingServer.Start(answer);
        var scheme = protocol.StartsWith("ollama", StringComparison.Ordinal) ? "ollama" : protocol;
        var plan = new SweepPlan
        {
            Target = $"{scheme}://{server.Endpoint.Authority}/tiny",
            Contexts = [
                .. Enumerable.Range(0, lies).SelectMany(place => new TokenCount[] { new(FirstLie + place), new(FirstHonest + place) })],
            OutputTokens = Asked,
            Warmups = 0,
            Order = TrialOrder.AsGiven,
            Limits = new PhaseLimits { Generation = TimeSpan.FromSeconds(2), Silence = TimeSpan.FromSeconds(1) },
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        return RunReport.Create(new RunStore(_runs).Read(result.RunId)).Trials;
    }

    private static Func<ScriptedRequest, Reply> Server(string protocol, Behaviour behaviour) => protocol switch
    {
        "ollama-old" => new OllamaScript(behaviour, OllamaGeneration.Old).Answer,
        "ollama-new" => new OllamaScript(behaviour, OllamaGeneration.New).Answer,
        "openai" => new OpenAiScript(behaviour).Answer,
        _ => new LlamaServerScript(behaviour).Answer,
    };

    // The wrong behaviour for a timed request, by the number of words in its prompt. Requests that only count or load have another output
    // length.
    private static int PlaceOf(ScriptedRequest request)
    {
        var isTimed = request.Method == "POST" && (Asks(request.Json, "n_predict") || Asks(request.Json, "max_tokens")
            || (request.Json.TryGetProperty("options", out var options) && Asks(options, "num_predict")));
        // The scripts count one token more than words, for the BOS token.
        return isTimed ? request.Json.GetProperty("prompt").GetString()!.Split(' ').Length + 1 - FirstLie : -1;
    }

    private static bool Asks(JsonElement call, string limit) => call.TryGetProperty(limit, out var tokens) && tokens.GetInt32() == Asked;
}
