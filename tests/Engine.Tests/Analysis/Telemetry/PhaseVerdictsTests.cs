using MemoryWall.Analysis.Telemetry;

namespace MemoryWall.Engine.Tests.Analysis;

public class PhaseVerdictsTests
{
    internal static readonly (string, Func<double, double?>)[] Quiet =
    [
        Timelines.Rate("host_cpu_busy_seconds_total", 2), Timelines.Rate("host_cpu_steal_seconds_total", 0),
        Timelines.Rate("engine_cpu_seconds_total", 0.02),
        Timelines.Rate("server_cpu_user_seconds_total", 1.95), Timelines.Rate("server_cpu_system_seconds_total", 0.02),
    ];

    [Theory]
    [InlineData(null, null, PhaseLimit.Processor)]
    [InlineData(0.8, 0.05, PhaseLimit.MemoryBandwidth)]
    [InlineData(0.1, 0.6, PhaseLimit.Compute)]
    [InlineData(null, 0.6, PhaseLimit.Compute)]
    [InlineData(0.3, 0.1, PhaseLimit.Processor)]
    [InlineData(3.2, null, PhaseLimit.Processor)]
    [InlineData(3.2, 0.6, PhaseLimit.Compute)]
    [InlineData(null, 1.4, PhaseLimit.Processor)]
    public void BusyCores_CeilingsTellThemApart(double? mbu, double? mfu, PhaseLimit expected)
    {
        var verdict = Assert.Single(PhaseVerdicts.Evaluate(Timelines.Whole(5, Quiet), Timelines.TwoCores, mbu, mfu));

        Assert.Equal(expected, verdict.Limit);
        Assert.NotEmpty(verdict.Evidence);
    }

    [Fact]
    public void ServerThatHardlyRan_IsBoundByNoCeiling()
    {
        // Other programs used the processors, so a high MBU was not the limit.
        var phase = Timelines.Whole(5, Timelines.Rate("host_cpu_busy_seconds_total", 2), Timelines.Rate("engine_cpu_seconds_total", 0),
            Timelines.Rate("server_cpu_user_seconds_total", 0.6), Timelines.Rate("server_cpu_system_seconds_total", 0));

        Assert.Equal([PhaseLimit.Unclear, PhaseLimit.Interference],
            PhaseVerdicts.Evaluate(phase, Timelines.TwoCores, mbu: 0.7, mfu: 0.5).Select(verdict => verdict.Limit));
    }

    [Fact]
    public void AboveACeiling_ItIsSaidAndNotCalledUtilisation()
    {
        var verdict = Assert.Single(PhaseVerdicts.Evaluate(Timelines.Whole(5, Quiet), Timelines.TwoCores, mbu: 3.2));

        Assert.Equal(PhaseFinding.ProcessorsBeyondCeiling, verdict.Finding);
        Assert.Contains(verdict.Evidence, e => e is { Quantity: EvidenceQuantity.ReadsAboveBandwidth, Value: 3.2 });
        Assert.DoesNotContain(verdict.Evidence, e => e.Quantity == EvidenceQuantity.Mbu);
    }

    [Fact]
    public void ServerElsewhere_NothingThisMachineDidIsHeldAgainstIt()
    {
        // A client that swaps, loses CPU time to the hypervisor, is throttled, and whose own accelerator and disk are busy.
        var phase = Timelines.Whole(5, Timelines.NoServer, Timelines.Rate("host_cpu_busy_seconds_total", 2),
            Timelines.Rate("host_cpu_steal_seconds_total", 0.5),
            Timelines.Rate("host_swap_in_bytes_total", 160e6), Timelines.Rate("host_pressure_memory_some_seconds_total", 0.9),
            Timelines.Rate("host_cpu_throttle_events_total", 50),
            Timelines.Rate("disk_vda_read_bytes_total", 2e9), Timelines.Rate("disk_vda_busy_seconds_total", 0.9),
            Timelines.Level("gpu0_utilization_ratio", 0.99));

        var verdict = Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores, 0.8, 0.8));

        Assert.Equal(PhaseLimit.Unclear, verdict.Limit);
        Assert.Equal(PhaseFinding.ServerNotWatched, verdict.Finding);
    }

    [Theory]
    [InlineData(0.03, 100, PhaseLimit.Unclear)]
    [InlineData(1, 100, PhaseLimit.Processor)]
    public void BusyCores_OfAFewTicks_AreNoVerdict(double seconds, double hertz, PhaseLimit expected)
    {
        var timeline = Timelines.Create(seconds, hertz, Timelines.Rate("server_cpu_user_seconds_total", 2),
            Timelines.Rate("server_cpu_system_seconds_total", 0));

        Assert.Equal(expected,
            Assert.Single(PhaseVerdicts.Evaluate(PhaseTelemetry.Join(timeline, Timelines.Window(0, seconds)), Timelines.TwoCores)).Limit);
    }

    // The counter's tick comes every 10 ms at most: none in 30 ms says nothing, none in 300 ms says that the server waited.
    [Theory]
    [InlineData(0.032, false)]
    [InlineData(0.09, false)]
    [InlineData(0.3, true)]
    public void ServerCores_NoTickInAPhase_AreKnownWhereItIsLongEnough(double seconds, bool isKnown)
    {
        var timeline = Timelines.Create(seconds, 100, Timelines.Rate("server_cpu_user_seconds_total", 0),
            Timelines.Rate("server_cpu_system_seconds_total", 0), Timelines.Rate("disk_vda_busy_seconds_total", 0));
        var phase = PhaseTelemetry.Join(timeline, Timelines.Window(0, seconds));

        var verdict = Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores, mbu: 0.2));

        Assert.Equal(PhaseFinding.NoBottleneck, verdict.Finding);
        Assert.Equal(isKnown, verdict.Evidence.Any(evidence => evidence.Quantity == EvidenceQuantity.ServerCores));
        Assert.Equal(isKnown ? 0 : null, phase.Rate("server_cpu_user_seconds_total"));
        Assert.Equal(isKnown ? 0 : null, phase.Rate("disk_vda_busy_seconds_total"));
    }

    [Fact]
    public void BusyGpu_OfAnotherProgram_IsNotTheServersLimit()
    {
        (string, Func<double, double?>)[] columns = [.. Quiet, Timelines.Level("gpu0_utilization_ratio", 0.98),
            Timelines.Level("gpu0_memory_busy_ratio", 0.9)];

        Assert.Equal(PhaseLimit.Processor, PhaseVerdicts.Evaluate(Timelines.Whole(5, columns), Timelines.TwoCores)[0].Limit);
        Assert.Equal(PhaseLimit.MemoryBandwidth,
            PhaseVerdicts.Evaluate(Timelines.Whole(5, [.. columns, Timelines.Level("gpu0_server_memory_bytes", 1e9)]),
                Timelines.TwoCores)[0].Limit);
    }

    [Fact]
    public void ReReadMapping_WithPressure_IsFaultsThenStorage()
    {
        // The weights wall as recorded: 5.1 GB read and 1.24 M file refaults for 6 tokens in 3.8 s, two cores, disk busy.
        var phase = Timelines.Whole(3.8,
            Timelines.Rate("server_cgroup_refault_file_pages_total", 326_000), Timelines.Rate("server_cgroup_refault_anon_pages_total", 0),
            Timelines.Rate("server_read_bytes_total", 1.34e9), Timelines.Rate("server_major_faults_total", 30),
            Timelines.Rate("server_cgroup_limit_hits_total", 60_000),
            Timelines.Rate("server_cpu_user_seconds_total", 0.3), Timelines.Rate("server_cpu_system_seconds_total", 0.5),
            Timelines.Rate("host_pressure_memory_some_seconds_total", 0.4), Timelines.Rate("disk_vda_busy_seconds_total", 0.8));

        var verdicts = PhaseVerdicts.Evaluate(phase, Timelines.TwoCores);

        Assert.Equal([PhaseLimit.Faults, PhaseLimit.Storage], verdicts.Select(v => v.Limit));
        Assert.Contains(verdicts[0].Evidence, e => e is { Quantity: EvidenceQuantity.RefaultedBytes, Value: > 1e9, Threshold: not null });
        Assert.Contains(verdicts[0].Evidence, e => e.Quantity == EvidenceQuantity.LimitHits);
    }

    [Fact]
    public void SwapStorm_WithoutPressureFiles_RestsOnTheKernelsShare()
    {
        var phase = Timelines.Whole(5,
            Timelines.Rate("host_swap_in_bytes_total", 160e6), Timelines.Rate("server_major_faults_total", 6000),
            Timelines.Rate("server_cpu_user_seconds_total", 0.3), Timelines.Rate("server_cpu_system_seconds_total", 0.6));

        var verdict = Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores));

        Assert.Equal(PhaseLimit.Faults, verdict.Limit);
        Assert.Contains(verdict.Evidence, e => e.Quantity == EvidenceQuantity.KernelShare);
    }

    [Fact]
    public void DirectReads_BusyDisk_IsStorage()
    {
        var phase = Timelines.Whole(5,
            [.. Quiet, Timelines.Rate("server_read_bytes_total", 2e9), Timelines.Rate("disk_vda_busy_seconds_total", 0.97)]);

        Assert.Equal(PhaseLimit.Storage, Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores, 0.9)).Limit);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1e6)]
    [InlineData(null)]
    public void DiskThatOthersRead_IsNotTheServersLimit(double? ownReads)
    {
        (string, Func<double, double?>)[] columns = [.. Quiet, Timelines.Rate("disk_vda_read_bytes_total", 2e9),
            Timelines.Rate("disk_vda_busy_seconds_total", 0.97), Timelines.Rate("host_pressure_io_some_seconds_total", 0.9)];
        if (ownReads is { } read)
            columns = [.. columns, Timelines.Rate("server_read_bytes_total", read)];

        Assert.Equal(PhaseLimit.Processor, Assert.Single(PhaseVerdicts.Evaluate(Timelines.Whole(5, columns), Timelines.TwoCores)).Limit);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(10, false)]
    [InlineData(2000, true)]
    public void PagesOfTheWholeMachine_CountOnlyIfTheServerReadSomeBack(double majorFaults, bool isLimit)
    {
        var phase = Timelines.Whole(5,
            [.. Quiet, Timelines.Rate("host_swap_in_bytes_total", 160e6), Timelines.Rate("host_refault_file_pages_total", 50_000),
                Timelines.Rate("host_pressure_memory_some_seconds_total", 0.9), Timelines.Rate("server_read_bytes_total", 0),
                Timelines.Rate("server_major_faults_total", majorFaults)]);

        Assert.Equal(isLimit ? PhaseLimit.Faults : PhaseLimit.Processor,
            Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores)).Limit);
    }

    [Fact]
    public void OwnGroupWithoutRefaults_SwapOfOthersIsNotItsLimit()
    {
        var phase = Timelines.Whole(5,
            [.. Quiet, Timelines.Rate("server_cgroup_refault_file_pages_total", 0),
                Timelines.Rate("server_cgroup_refault_anon_pages_total", 0),
                Timelines.Rate("host_swap_in_bytes_total", 160e6), Timelines.Rate("host_pressure_memory_some_seconds_total", 0.9),
                Timelines.Rate("server_read_bytes_total", 0), Timelines.Rate("server_major_faults_total", 0)]);

        Assert.Equal(PhaseLimit.Processor, Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores)).Limit);
    }

    [Fact]
    public void SwapOfOthers_WithoutWaiting_IsNoFaultLimit()
    {
        var phase = Timelines.Whole(5,
            [.. Quiet, Timelines.Rate("host_swap_in_bytes_total", 50e6), Timelines.Rate("host_pressure_memory_some_seconds_total", 0.01)]);

        Assert.Equal(PhaseLimit.Processor, Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores)).Limit);
    }

    [Fact]
    public void OtherProcesses_AboveTheThreshold_AreReportedWithTheLimit()
    {
        var phase = Timelines.Whole(5,
            Timelines.Rate("host_cpu_busy_seconds_total", 1.9), Timelines.Rate("engine_cpu_seconds_total", 0.05),
            Timelines.Rate("server_cpu_user_seconds_total", 1.2), Timelines.Rate("server_cpu_system_seconds_total", 0));

        var verdicts = PhaseVerdicts.Evaluate(phase, Timelines.TwoCores);

        Assert.Equal([PhaseLimit.Unclear, PhaseLimit.Interference], verdicts.Select(v => v.Limit));
        // Other programs used 0.325; three steps of 10 ms in 4.9 s may be an error of the counters.
        Assert.Equal(0.325 - 0.03 / 4.9 / 2, verdicts[1].Evidence[0].Value, 3);
        Assert.Equal(0.1, verdicts[1].Evidence[0].Threshold);
    }

    [Theory]
    [InlineData(0.1, false)]
    [InlineData(2, true)]
    public void ShortPhase_StepsOfTheCounters_AreNoNeighbour(double seconds, bool disturbed)
    {
        // 0.15 of two processors: no more than three ticks in a tenth of a second.
        var timeline = Timelines.Create(seconds, 100, Timelines.Rate("host_cpu_busy_seconds_total", 1.3),
            Timelines.Rate("server_cpu_user_seconds_total", 1),
            Timelines.Rate("server_cpu_system_seconds_total", 0), Timelines.Rate("engine_cpu_seconds_total", 0));

        var verdicts = PhaseVerdicts.Evaluate(PhaseTelemetry.Join(timeline, Timelines.Window(0, seconds)), Timelines.TwoCores);

        Assert.Equal(disturbed, verdicts.Any(verdict => verdict.Limit == PhaseLimit.Interference));
    }

    [Fact]
    public void ServerNotRead_ItsWorkIsNotTakenForANeighbours() =>
        Assert.DoesNotContain(
            PhaseVerdicts.Evaluate(Timelines.Whole(5, Timelines.Rate("host_cpu_busy_seconds_total", 2)), Timelines.TwoCores),
            v => v.Limit == PhaseLimit.Interference);

    [Fact]
    public void Steal_AboveTheLine_Disturbs() =>
        Assert.Contains(
            PhaseVerdicts.Evaluate(Timelines.Whole(5, Timelines.Rate("host_cpu_steal_seconds_total", 0.2)), Timelines.TwoCores),
            v => v.Limit == PhaseLimit.Interference);

    [Theory]
    [InlineData(4, false)]
    [InlineData(64, true)]
    public void GpuThrottle_HeatCounts_PowerCapDoesNot(double bits, bool throttled) =>
        Assert.Equal(throttled,
            PhaseVerdicts.Evaluate(Timelines.Whole(5, Timelines.Level("gpu0_throttle_bits", bits)), Timelines.TwoCores)
                .Any(v => v.Limit == PhaseLimit.Throttling));

    [Theory]
    [InlineData(0.9, PhaseLimit.MemoryBandwidth)]
    [InlineData(0.2, PhaseLimit.Compute)]
    public void BusyGpu_ItsMemoryTellsTheLimit(double memory, PhaseLimit expected)
    {
        var phase = Timelines.Whole(5, Timelines.Level("gpu0_utilization_ratio", 0.98), Timelines.Level("gpu0_memory_busy_ratio", memory));

        Assert.Equal(expected, PhaseVerdicts.Evaluate(phase, Timelines.TwoCores)[0].Limit);
    }

    [Fact]
    public void TooFewSamples_NothingIsClaimed()
    {
        var phase = Timelines.Whole(0.2, Quiet);

        var verdict = Assert.Single(PhaseVerdicts.Evaluate(phase, Timelines.TwoCores, 0.9, 0.9));
        Assert.Equal(PhaseLimit.Unclear, verdict.Limit);
        Assert.Equal(PhaseFinding.TooFewSamples, verdict.Finding);
    }
}
