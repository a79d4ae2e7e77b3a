using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Telemetry;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>What is concluded about a target on another machine, seen through exporters beside this machine's own readings.</summary>
public sealed class ExporterVerdictsTests
{
    private const double PhaseSeconds = 20;
    private static readonly PhaseRules s_rules = ReviewRules.Default.Phases;

    // Two processors of the exporter's machine.
    private static readonly (string Name, double PerSecond)[] s_idle =
        [("host_cpu_busy_seconds_total", 0.1), ("cpu0_busy_seconds_total", 0.05), ("cpu1_busy_seconds_total", 0.05)];

    private static readonly (string Name, double PerSecond)[] s_busy =
        [("host_cpu_busy_seconds_total", 1.9), ("cpu0_busy_seconds_total", 0.95), ("cpu1_busy_seconds_total", 0.95)];

    [Fact]
    public void BusyDevice_IsTheLimit_AndSaysThroughWhatItIsSeen()
    {
        var verdict = Assert.Single(Evaluate(s_idle, ("gpu0_utilization_ratio", 0.98), ("gpu0_memory_busy_ratio", 0.8)));

        Assert.Equal((PhaseLimit.MemoryBandwidth, true), (verdict.Limit, verdict.IsSeenThroughExporter));
        Assert.Equal("Limited by the accelerator's memory bandwidth (seen through an exporter, 1 Hz).", PhasePhrases.Format(verdict));
        Assert.Equal("limited by the accelerator's memory bandwidth (seen through an exporter, 1 Hz)", PhasePhrases.FormatClause(verdict));
        Assert.Equal([0.98, 0.8], verdict.Evidence.Select(evidence => Math.Round(evidence.Value, 9)));
    }

    [Fact]
    public void BusyProcessors_AreTheLimitOfTheMachine_AndNotOfTheServer() => Assert.Equal(
        "Limited by the processors: the whole machine used them, and which program did is unknown (seen through an exporter, 1 Hz).",
        PhasePhrases.Format(Assert.Single(Evaluate(s_busy))));

    [Fact]
    public void BusyProcessorsAndDevice_AreNoLimit()
    {
        var verdict = Assert.Single(Evaluate(s_busy, ("gpu0_utilization_ratio", 0.98)));

        Assert.Equal((PhaseFinding.SeveralBusy, PhaseLimit.Unclear), (verdict.Finding, verdict.Limit));
        Assert.Equal(2, verdict.Evidence.Count);
    }

    [Fact]
    public void SwappingUnderPressure_IsFaults_AndSwappingAloneIsNot()
    {
        var swapping = s_idle.Append(("host_swap_in_bytes_total", 50e6)).Append(("host_major_faults_total", 900)).ToArray();

        Assert.Equal(PhaseFinding.NoBottleneck, Assert.Single(Evaluate(swapping)).Finding);
        var verdict = Assert.Single(Evaluate([.. swapping, ("host_pressure_memory_some_seconds_total", 0.6)]));
        Assert.Equal(PhaseLimit.Faults, verdict.Limit);
        Assert.Contains("of whichever program (seen through an exporter, 1 Hz)", PhasePhrases.Format(verdict), StringComparison.Ordinal);
        Assert.Contains("host major faults 900 /s", PhasePhrases.FormatEvidence(verdict), StringComparison.Ordinal);
    }

    [Fact]
    public void BusyDiskThatIsRead_IsStorage()
    {
        var verdict = Assert.Single(Evaluate(
        [
            .. s_idle, ("disk_nvme0n1_read_bytes_total", 2e9), ("disk_nvme0n1_busy_seconds_total", 0.97),
            ("disk_sda_read_bytes_total", 9e9),
        ]));

        Assert.Equal(PhaseLimit.Storage, verdict.Limit);
        Assert.Contains("read from disk nvme0n1 by all programs", PhasePhrases.FormatEvidence(verdict), StringComparison.Ordinal);
    }

    [Fact]
    public void ThrottlingAndSteal_AreReportedInAddition()
    {
        var verdicts = Evaluate([.. s_idle, ("host_cpu_steal_seconds_total", 0.2)], ("gpu0_throttle_bits", 64));

        Assert.Equal([PhaseFinding.NoBottleneck, PhaseFinding.Throttled, PhaseFinding.OtherWork],
            verdicts.Select(verdict => verdict.Finding));
        Assert.All(verdicts, verdict => Assert.True(verdict.IsSeenThroughExporter));
    }

    [Fact]
    public void ShortPhase_HasTooFewScrapes_HoweverOftenThisMachineIsSampled()
    {
        var timeline = Timeline(s_busy);
        var phase = PhaseTelemetry.Join(ExporterView.See(timeline, "exporter_"), Timelines.Window(4.05, 5.95));

        Assert.True(PhaseTelemetry.Join(timeline, Timelines.Window(4.05, 5.95)).Samples > 10);
        Assert.Equal(PhaseFinding.TooFewSamples, Assert.Single(ExporterVerdicts.Evaluate([phase], s_rules)).Finding);
    }

    [Fact]
    public void GapInTheMiddle_LosesItsSamples_AndRatesSpanIt()
    {
        var timeline = Timeline(s_busy, isMissing: second => second is > 3 and < 12);
        var phase = PhaseTelemetry.Join(ExporterView.See(timeline, "exporter_"), Timelines.Window(0, PhaseSeconds));

        Assert.InRange(phase.Samples, 10, 13);
        Assert.Equal(1.9, phase.Rate("host_cpu_busy_seconds_total")!.Value, 6);
        // A whole phase in the gap has no reading, and not the last one again.
        var inside = PhaseTelemetry.Join(ExporterView.See(timeline, "exporter_"), Timelines.Window(4, 11));
        Assert.Equal((0, null), (inside.Samples, inside.Gauge("node_scrape_seconds")));
    }

    [Fact]
    public void SecondMachine_SpeaksWhereTheFirstHasNoLimit()
    {
        var phase = PhaseTelemetry.Join(ExporterView.See(Timeline(s_idle), "exporter_"), Timelines.Window(0, PhaseSeconds));
        var other = PhaseTelemetry.Join(ExporterView.See(Timeline(s_busy), "exporter_"), Timelines.Window(0, PhaseSeconds));

        Assert.Equal(PhaseLimit.Processor, ExporterVerdicts.Evaluate([phase, other], s_rules)[0].Limit);
        Assert.Equal(PhaseLimit.Unclear, ExporterVerdicts.Evaluate([phase, phase], s_rules)[0].Limit);
    }

    [Fact]
    public void ThisMachine_NeverPassesForTheTargets_NorTheTargetsForThis()
    {
        // This machine has a busy, throttled device; the exporter's machine is idle.
        (string, Func<double, double?>)[] here =
        [
            Timelines.Level("gpu0_utilization_ratio", 0.99), Timelines.Level("gpu0_throttle_bits", 64),
            Timelines.Rate("host_cpu_busy_seconds_total", 2), Timelines.Level("gpu0_memory_used_bytes", 1e9),
        ];
        var timeline = Timeline(s_idle, here, gauges: ("gpu0_utilization_ratio", 0.01));
        var seen = PhaseTelemetry.Join(ExporterView.See(timeline, "exporter_"), Timelines.Window(0, PhaseSeconds));
        Assert.Equal(PhaseFinding.NoBottleneck, Assert.Single(ExporterVerdicts.Evaluate([seen], s_rules)).Finding);
        Assert.Empty(ExporterView.See(timeline, "exporter_").Schema.Devices);

        // The other way round: the device and the throttling of the exporter are not this machine's.
        var other = Timeline(s_busy, [Timelines.Level("server_processes", 1)], gauges:
            [("gpu0_utilization_ratio", 0.99), ("gpu0_throttle_bits", 64), ("gpu0_memory_used_bytes", 5)]);
        var local = PhaseTelemetry.Join(other, Timelines.Window(0, PhaseSeconds));
        Assert.Empty(AcceleratorCheck.Columns(other.Schema, "_utilization_ratio"));
        Assert.All(PhaseVerdicts.Evaluate(local, Timelines.TwoCores), verdict =>
            Assert.Equal((PhaseLimit.Unclear, false), (verdict.Limit, verdict.IsSeenThroughExporter)));
        Assert.Null(MachineSnapshot.FromSamples(other.Schema, [.. other.Samples]).GpuUtilization);
    }

    [Fact]
    public void EachPrefix_IsAMachineOfItsOwn()
    {
        var schema = new TelemetrySchema
        {
            Columns = [.. new[] { "host_a", "exporter_b", "exporter2_b", "exporter_c", "exporters_d", "exporter123_e" }
                .Select(name => new TelemetryColumn(name, MetricKind.Gauge, name, ""))],
        };

        Assert.Equal(["exporter_", "exporter2_"], ExporterView.FindPrefixes(schema));
        Assert.Equal(["", "", "b", "", "", ""], ExporterView.See(schema, "exporter2_").Columns.Select(column => column.Name));
    }

    private static IReadOnlyList<PhaseVerdict> Evaluate((string, double)[] rates, params (string, double)[] gauges) =>
        ExporterVerdicts.Evaluate([PhaseTelemetry.Join(ExporterView.See(Timeline(rates, gauges: gauges), "exporter_"),
            Timelines.Window(0, PhaseSeconds))], s_rules);

    // This machine at 10 Hz, and an exporter once a second in every tenth row.
    private static TelemetryTimeline Timeline((string Name, double PerSecond)[] rates, (string, Func<double, double?>)[]? here = null,
        Func<double, bool>? isMissing = null, params (string Name, double Value)[] gauges)
    {
        double? At(double seconds, double value) =>
            (int)Math.Round(seconds * 10) % 10 == 3 && isMissing?.Invoke(seconds) != true ? value : null;
        var timeline = Timelines.Create(PhaseSeconds, 10,
        [
            .. here ?? [Timelines.NoServer],
            .. here is null || here.Any(column => column.Item1 == "server_processes") ? Array.Empty<(string, Func<double, double?>)>()
                : [Timelines.NoServer],
            .. rates.Select((string, Func<double, double?>) (rate) => ($"exporter_{rate.Name}", t => At(t, t * rate.PerSecond))),
            .. gauges.Select((string, Func<double, double?>) (gauge) => ($"exporter_{gauge.Name}", t => At(t, gauge.Value))),
            ("exporter_node_scrape_seconds", t => At(t, 0.01)),
            ("exporter_node_age_seconds", t => At(t, 0.0)),
        ]);
        return timeline with
        {
            Schema = timeline.Schema with
            {
                Columns = [.. timeline.Schema.Columns.Select(column => ExporterView.IsExporter(column.Name)
                    ? column with { Source = "exporter_node" }
                    : column)],
            },
        };
    }
}
