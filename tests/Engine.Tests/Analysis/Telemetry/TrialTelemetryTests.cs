using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>Which values the phases of a run's trials have, and which are absent.</summary>
public class TrialTelemetryTests
{
    // 1 GB read per token at 10 tokens per second, of 20 GB/s: MBU 0.5. 2 · 1e9 · 1,000 operations in 10 s of 400 GFLOP/s: MFU 0.5.
    private static readonly ModelShape s_shape = new()
    {
        Architecture = "llama",
        EmbeddingLength = 1,
        VocabularySize = 0,
        ParameterCount = 1_000_000_000,
        ActiveWeightBytes = 1_000_000_000,
        Layers = []
    };
    private static readonly MachineCeilings s_ceilings = new() { MemoryReadBytesPerSecond = 20e9, F32FlopsPerSecond = 400e9, Threads = 2 };

    [Fact]
    public void LocalServer_OnProcessors_HasMbuMfuAndEnergy()
    {
        var (prefill, generation) = Phases(Trial(1, 20), Watched());

        Assert.Equal(0.5, prefill.Mfu!.Value, 6);
        Assert.Null(prefill.Mbu);
        Assert.Equal(0.5, generation.Mbu!.Value, 6);
        Assert.Null(generation.Mfu);
        // 100 W above the idle 20 W for 10 s of 1,000 tokens, and for 6.3 s of the 63 tokens that generation computes.
        Assert.Equal(1, prefill.NetJoulesPerToken!.Value, 2);
        Assert.Equal(10, generation.NetJoulesPerToken!.Value, 1);
    }

    [Fact]
    public void IdlePower_OfALaterTrial_IsStillThatBeforeTheFirstLoad()
    {
        // The second trial's load begins after 17 s of work, so the machine is not idle.
        var run = Run([Trial(1, 20), Trial(2, 50)], Watched());

        var later = TrialTelemetry.Phases(run, TrialReview.Review(run), new()).Where(phase => phase.Trial == 2).ToList();

        Assert.Equal(1, later[0].NetJoulesPerToken!.Value, 2);
    }

    [Fact]
    public void ServerElsewhere_HasNoneOfThem_AndIsNotDisturbed()
    {
        var timeline = Watched(Timelines.NoServer, Timelines.Rate("host_cpu_steal_seconds_total", 1));
        var (prefill, generation) = Phases(Trial(1, 20), timeline);

        Assert.All(new[] { prefill, generation },
            phase => Assert.Equal((null, null, null), (phase.Mfu, phase.Mbu, phase.NetJoulesPerToken)));
        Assert.All(new[] { prefill, generation }, phase => Assert.Equal(PhaseLimit.Unclear, Assert.Single(phase.Verdicts).Limit));
        Assert.Empty(TrialReview.Review(Run([Trial(1, 20)], timeline))[0].Doubts);
    }

    [Fact]
    public void ServerElsewhere_SeenThroughExporters_HasVerdictsAndEnergyOfItsMachine()
    {
        // Its device draws 50 W when idle and 550 W at work; this machine's processors have no part in it.
        double? EachSecond(double t, double value) => (int)Math.Round(t * 10) % 10 == 0 ? value : null;
        var timeline = Watched(Timelines.NoServer,
            ("exporter_gpu0_power_watts", t => EachSecond(t, t < 10.05 ? 50 : 550)),
            ("exporter_gpu0_utilization_ratio", t => EachSecond(t, t < 10 ? 0 : 0.99)),
            ("exporter_dcgm_scrape_seconds", t => EachSecond(t, 0.01)));
        var (prefill, generation) = Phases(Trial(1, 20), timeline);

        Assert.All(new[] { prefill, generation }, phase => Assert.Equal((null, null), (phase.Mfu, phase.Mbu)));
        Assert.All(new[] { prefill, generation }, phase => Assert.Equal((PhaseFinding.Accelerator, true),
            (Assert.Single(phase.Verdicts).Finding, phase.Verdicts[0].IsSeenThroughExporter)));
        // 500 W above idle for 10 s of 1,000 tokens, and for 6.3 s of 63 tokens.
        Assert.Equal(5, prefill.NetJoulesPerToken!.Value, 2);
        Assert.Equal(50, generation.NetJoulesPerToken!.Value, 1);
        // What an exporter sees is no reason to doubt a trial.
        Assert.Empty(TrialReview.Review(Run([Trial(1, 20)], timeline))[0].Doubts);
        // Where the server's processes are watched here, this machine is the target's.
        Assert.All(Phases(Trial(1, 20), Watched(("exporter_gpu0_utilization_ratio", _ => 0.99))).Prefill.Verdicts,
            verdict => Assert.False(verdict.IsSeenThroughExporter));
    }

    [Fact]
    public void Accelerator_ByWhicheverSign_HasNoPlaceUnderTheProcessorsCeilings()
    {
        var bySay = Phases(Trial(1, 20) with { AcceleratorBytes = 5 }, Watched());
        var byMemory = Phases(Trial(1, 20), Watched(Timelines.Level("gpu0_server_memory_bytes", 1e9)));
        var byLoad = Phases(Trial(1, 20), Watched(Timelines.Level("amd_gpu0_utilization_ratio", 0.6)));
        var ofADesktop = Phases(Trial(1, 20), Watched(Timelines.Level("gpu0_utilization_ratio", 0.03)));

        Assert.All(new[] { bySay, byMemory, byLoad }, phases => Assert.Equal((null, null), (phases.Prefill.Mfu, phases.Generation.Mbu)));
        Assert.NotNull(ofADesktop.Generation.Mbu);
        // Energy has no ceiling.
        Assert.NotNull(bySay.Generation.NetJoulesPerToken);
    }

    [Fact]
    public void AboveTheCeiling_IsNoUtilisation()
    {
        // As with a model in the processor's caches: five times the measured RAM bandwidth.
        var run = Run([Trial(1, 20)], Watched());
        run = run with
        {
            Manifest = run.Manifest with { Ceilings = s_ceilings with { MemoryReadBytesPerSecond = 2e9, F32FlopsPerSecond = 40e9 } },
        };
        var phases = TrialTelemetry.Phases(run, TrialReview.Review(run), new());

        Assert.All(phases, phase => Assert.Equal((null, null), (phase.Mfu, phase.Mbu)));
        Assert.All(phases,
            phase => Assert.DoesNotContain(phase.Verdicts, verdict => verdict.Limit is PhaseLimit.MemoryBandwidth or PhaseLimit.Compute));
    }

    [Fact]
    public void StreamsAtOnce_ShareTheMachine_NoneHasItsFigures()
    {
        var (prefill, generation) = Phases(Trial(1, 20) with { Concurrency = 4 }, Watched());

        Assert.Equal((null, null, null, null), (prefill.Mfu, prefill.NetJoulesPerToken, generation.Mbu, generation.NetJoulesPerToken));
    }

    [Fact]
    public void TrialsWithoutARate_HaveNoFigureMadeOfIt()
    {
        var cached = Phases(Trial(1, 20) with { CachedPromptTokens = 900 }, Watched()).Prefill;
        var suspected = RunReport.Create(Run([Trial(1, 20) with { ClaimedDoubts = ["suspected_cache_hit"] }], Watched())).Phases[0];

        Assert.Equal((null, null), (cached.Mfu, cached.NetJoulesPerToken));
        Assert.Equal((null, null), (suspected.Mfu, suspected.NetJoulesPerToken));
    }

    private static (TrialPhase Prefill, TrialPhase Generation) Phases(Trial trial, TelemetryTimeline timeline)
    {
        var run = Run([trial], timeline);
        var phases = TrialTelemetry.Phases(run, TrialReview.Review(run), new());
        return (phases.Single(phase => phase.Phase == Phase.Prefill), phases.Single(phase => phase.Phase == Phase.Generation));
    }

    // Idle at 20 W for 10 s, then work at 120 W without a pause.
    private static TelemetryTimeline Watched(params (string, Func<double, double?>)[] more) =>
        Timelines.Create(80, 10, [("energy_package_0_joules_total", t => t < 10 ? 20 * t : 200 + 120 * (t - 10)), .. more]);

    // Load for 10 s up to its sending, prefill for 10 s, then 64 tokens in 6.3 s.
    private static Trial Trial(int number, double sent) => AnalysisSamples.Server(number, 1000, 10, 6.3) with
    {
        KvBytes = 0,
        WindowTokens = 2048,
        Client = new ClientTimings
        {
            LoadStarted = Instant.FromSeconds(sent - 10),
            Load = TimeSpan.FromSeconds(10),
            Sent = Instant.FromSeconds(sent),
            TimeToFirstToken = TimeSpan.FromSeconds(10),
            TimeToLastToken = TimeSpan.FromSeconds(16.3),
            TimeToEnd = TimeSpan.FromSeconds(16.4),
        },
    };

    private static Run Run(IReadOnlyList<Trial> trials, TelemetryTimeline timeline)
    {
        var run = AnalysisSamples.Run(trials);
        return run with
        {
            Manifest = run.Manifest with
            {
                Machine = Timelines.TwoCores,
                Ceilings = s_ceilings,
                Target = run.Manifest.Target with { Shape = s_shape }
            },
            Telemetry = [timeline],
        };
    }
}
