using System.Globalization;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Engine.Tests.Targets.Exporters;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>Runs that read exporters: what is stored, what stops them, and what a run of another user may contact.</summary>
public sealed class ExporterSweepTests : IAsyncDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-exporters-").FullName;
    private readonly LyingServer _target =
        LyingServer.Start(new OpenAiScript(new Behaviour { Prefill = TimeSpan.FromSeconds(2.5) }).Answer);
    private readonly LyingServer _exporter;
    private int _scrapes;

    public ExporterSweepTests() => _exporter = LyingServer.Start(_ => Reply.Whole(200,
        $"{ExporterPages.Vllm}node_context_switches_total {Interlocked.Increment(ref _scrapes).ToString(CultureInfo.InvariantCulture)}\n",
        "text/plain"));

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        await _exporter.DisposeAsync();
        Directory.Delete(_runs, recursive: true);
    }

    [Fact]
    public async Task RunAsync_Exporter_IsStoredBesideThisMachine()
    {
        var result = await RunAsync(CreatePlan());
        var run = Read(result);

        var exporter = Assert.Single(run.Manifest.Telemetry!.Exporters!);
        Assert.Equal(("exporter_", "exporter_node", $"{_exporter.Endpoint}metrics"), (exporter.Prefix, exporter.Source, exporter.Address));
        Assert.Equal([$"{_exporter.Endpoint}metrics"], run.Manifest.Plan.TelemetryFrom!);
        var timeline = Assert.Single(run.Telemetry);
        Assert.Equal(run.Manifest.Telemetry.Exporters, timeline.Schema.Exporters);
        var place = timeline.Schema.IndexOf("exporter_host_context_switches_total")!.Value;
        var read = timeline.Samples.Select(sample => sample[place]).OfType<double>().ToList();
        Assert.NotEmpty(read);
        // Each reading is stored once, and most rows have none.
        Assert.Equal(read.Distinct(), read);
        Assert.True(read.Count <= _scrapes && read.Count * 3 < timeline.Samples.Count, $"{read.Count} of {timeline.Samples.Count}");
        var said = Assert.Single(run.Events, entry => entry.Kind == "exporter");
        Assert.StartsWith($"node_exporter and vLLM at {_exporter.Endpoint}metrics: ", said.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Manifest.Notes, note => note.Contains("is taken for the target's machine", StringComparison.Ordinal));
    }

    [LongFact]
    public async Task RunAsync_ExporterThatDoesNotAnswer_StopsTheRunUnlessForced()
    {
        var plan = CreatePlan() with { TelemetryFrom = [$"{_exporter.Endpoint}metrics", $"{_target.Endpoint}nothing"] };

        var stopped = await RunAsync(plan);
        Assert.Equal(SweepEnding.PreflightFailed, stopped.Ending);
        var finding = Assert.Single(stopped.Findings, finding => finding.StopsTheRun);
        Assert.StartsWith($"telemetry from: {_target.Endpoint}nothing gives no telemetry: ", finding.ToString(), StringComparison.Ordinal);

        var run = Read(await RunAsync(plan, force: true));
        Assert.Contains(run.Manifest.Telemetry!.Absent, source => source.Name == $"exporter {_target.Endpoint}nothing");
        Assert.Single(run.Manifest.Telemetry.Exporters!);
    }

    [Fact]
    public async Task RunAsync_NoTelemetry_ReadsNoExporterAndSaysSo()
    {
        var result = await Sweeper.RunAsync(CreatePlan(), new SweepSettings { RunsDirectory = _runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);

        Assert.Contains(Read(result).Manifest.Notes,
            note => note == "telemetry from: the exporters are not read, since telemetry is off");
        Assert.Empty(_exporter.Requests);
    }

    [LongFact]
    public async Task ResumeAsync_RunOfSomebodyElse_AsksItsExportersOnlyWhenItIsTrusted()
    {
        var manifest = StoreSamples.Manifest("20260131-142530-7f3a91c2") with { Plan = CreatePlan() };
        new RunStore(_runs).Create(manifest).Dispose();
        // Only its first user knows the key of the seal.
        File.Delete(Path.Combine(_runs, manifest.RunId, RunFiles.Seal));
        var settings = new SweepSettings { RunsDirectory = _runs };

        var refused = await Sweeper.ResumeAsync(manifest.RunId, settings, new SilentObserver(), CancellationToken.None);

        Assert.Equal((SweepEnding.PreflightFailed, 0, 0), (refused.Ending, _exporter.Requests.Count, _target.Requests.Count));
        Assert.Contains($"reads the exporters '{_exporter.Endpoint}metrics'", Assert.Single(refused.Findings).ToString(),
            StringComparison.Ordinal);

        var trusted = await Sweeper.ResumeAsync(manifest.RunId, settings with { TrustsStoredPlan = true }, new SilentObserver(),
            CancellationToken.None);
        Assert.Equal(SweepEnding.Completed, trusted.Ending);
        Assert.NotEmpty(_exporter.Requests);
        Assert.NotNull(Assert.Single(Read(trusted).Telemetry).Schema.IndexOf("exporter_host_context_switches_total"));
    }

    [Fact]
    public void Check_AddressThatCannotBeUsed_IsAFindingOfThePlan()
    {
        var finding = Assert.Single(PlanCheck.Check(CreatePlan() with { TelemetryFrom = ["gpu1:9100"] }));

        Assert.Equal("telemetry from: 'gpu1:9100' is not the address of an exporter; write http(s)://HOST:PORT/metrics",
            finding.ToString());
    }

    [Fact]
    public async Task HasTurn_OfSystemsInTurn_IsTrueForOneAtATime()
    {
        var scheduler = new RoundRobinScheduler();
        using var first = scheduler.Join();
        using var second = scheduler.Join();
        await first.WaitForTurnAsync(CancellationToken.None);
        Assert.Equal((true, false), (first.HasTurn(), second.HasTurn()));

        var waiting = second.WaitForTurnAsync(CancellationToken.None);
        first.Dispose();
        await waiting;
        Assert.Equal((false, true), (first.HasTurn(), second.HasTurn()));
    }

    private SweepPlan CreatePlan() => new()
    {
        Target = $"openai://{_target.Endpoint.Authority}/tiny",
        Contexts = [new(40)],
        OutputTokens = 8,
        Warmups = 0,
        Order = TrialOrder.AsGiven,
        TelemetryFrom = [$"{_exporter.Endpoint}metrics"],
    };

    private Task<SweepResult> RunAsync(SweepPlan plan, bool force = false) => Sweeper.RunAsync(plan,
        new SweepSettings { RunsDirectory = _runs, Force = force }, new SilentObserver(), CancellationToken.None);

    private Run Read(SweepResult result)
    {
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        return new RunStore(_runs).Read(result.RunId);
    }
}
