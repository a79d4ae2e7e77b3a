using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Facts;

namespace MemoryWall.Engine.Tests.Analysis;

public class EnergyAndUtilizationTests
{
    private static readonly MachineCeilings Ceilings = new() { MemoryReadBytesPerSecond = 20e9, F32FlopsPerSecond = 200e9, Threads = 2 };

    [Fact]
    public void Energy_IdleSubtracted_ByToken()
    {
        var timeline = Timelines.Create(20, 10,
            ("energy_package_0_joules_total", t => t < 10 ? 8 * t : 80 + 30 * (t - 10)), ("energy_psys_joules_total", t => 100 * t),
            ("gpu0_power_watts", t => t < 10 ? 50 : 250));
        var idle = PhaseTelemetry.Join(timeline, Timelines.Window(0, 9.95));

        var energy = PhaseEnergy.Compute(PhaseTelemetry.Join(timeline, Timelines.Window(10, 15)), idle, new())!;

        Assert.Equal(280, energy.Watts, 6);
        Assert.Equal(58, energy.IdleWatts!.Value, 6);
        Assert.Equal((280 - 58) * 5.0, energy.NetJoules!.Value, 6);
        Assert.Equal((280 - 58) * 5.0 / 64, energy.NetJoulesPerToken(64)!.Value, 6);
        Assert.Equal(1400, energy.GrossJoules, 6);
        // "psys" contains the package's energy again.
        Assert.Equal(["energy_package_0_joules_total", "gpu0_power_watts"], energy.Sources);
        Assert.True(PhaseEnergy.HasPowerColumns(timeline.Schema));
        Assert.Null(energy.NetJoulesPerToken(null));
        Assert.Null(energy.NetJoulesPerToken(0));
    }

    [Fact]
    public void Energy_CounterOfTheDevice_IsPreferredToItsPower()
    {
        var phase = Timelines.Whole(5, Timelines.Rate("gpu0_energy_joules_total", 200), Timelines.Level("gpu0_power_watts", 190));

        Assert.Equal(200, PhaseEnergy.Compute(phase, null, new())!.Watts, 6);
    }

    [Fact]
    public void Energy_NoIdleStretch_IsNotInvented()
    {
        var energy = PhaseEnergy.Compute(Timelines.Whole(5, Timelines.Rate("energy_package_0_joules_total", 30)), null, new())!;

        Assert.Null(energy.IdleWatts);
        Assert.Null(energy.NetJoules);
        Assert.Null(energy.NetJoulesPerToken(10));
    }

    [Fact]
    public void Energy_PowerReadInLessThanHalfOfThePhase_IsAbsent() =>
        Assert.Null(PhaseEnergy.Compute(Timelines.Whole(5, ("gpu0_power_watts", t => t is > 1 and < 2 ? 250 : null)), null, new()));

    [Fact]
    public void Energy_NoSource_IsAbsent()
    {
        var phase = Timelines.Whole(5, Timelines.Rate("host_cpu_busy_seconds_total", 2));

        Assert.Null(PhaseEnergy.Compute(phase, null, new()));
        Assert.False(PhaseEnergy.HasPowerColumns(phase.Schema));
    }

    [Fact]
    public void Mbu_BytesOverTime_OverTheCeiling()
    {
        // 1 GB per token at 10 tokens per second, of 20 GB/s.
        Assert.Equal(0.5, Utilization.Mbu(1_000_000_000, TimeSpan.FromSeconds(0.1), Ceilings)!.Value, 9);
        Assert.Null(Utilization.Mbu(null, TimeSpan.FromSeconds(0.1), Ceilings));
        Assert.Null(Utilization.Mbu(1, TimeSpan.Zero, Ceilings));
        Assert.Null(Utilization.Mbu(1, TimeSpan.FromSeconds(1), Ceilings with { MemoryReadBytesPerSecond = null }));
    }

    [Fact]
    public void PrefillFlops_SmallModel_CountsPairsAndWeights()
    {
        var shape = Shape(new AttentionLayer(4, 2, 8, 8), new AttentionLayer(4, 2, 8, 8, SlidingWindow: 3));

        // 2 · (1000 − 10·16) · 5, and 2·4·16 for each pair: 15 pairs in the full layer, 1+2+3+3+3 in the windowed one.
        Assert.Equal(2 * 840 * 5 + 128 * 15 + 128 * 12, Utilization.PrefillFlops(shape, 5)!.Value, 9);
    }

    [Fact]
    public void PrefillFlops_OutputMatrixOfItsOwn_IsNotCountedForEachToken()
    {
        // Logits are computed for the last position only.
        Assert.Equal(2 * (1000 - 2 * 160) * 5, Utilization.PrefillFlops(Shape() with { OutputWeightBytes = 320 }, 5)!.Value, 9);
        Assert.Equal(2 * 840 * 5, Utilization.PrefillFlops(Shape() with { OutputWeightBytes = 0 }, 5)!.Value, 9);
    }

    [Fact]
    public void PrefillFlops_MixtureOfExperts_CountsTheTouchedPart()
    {
        var shape = Shape() with { ExpertCount = 8, WeightBytes = 4000, ActiveWeightBytes = 1000 };

        Assert.Equal(2 * 840 * 0.25 * 5, Utilization.PrefillFlops(shape, 5)!.Value, 9);
        Assert.Null(Utilization.PrefillFlops(shape with { ActiveWeightBytes = null }, 5));
    }

    [Fact]
    public void Mfu_Llama8BAt2048_AgreesWithTheUsualEstimate()
    {
        // Llama 3.1 8B: 2 · 8.03e9 less the embedding, per token; attention adds about 3% at 2,048.
        var shape = new ModelShape
        {
            Architecture = "llama",
            EmbeddingLength = 4096,
            VocabularySize = 128_256,
            ParameterCount = 8_030_261_248,
            Layers = [.. Enumerable.Repeat<LayerShape>(new AttentionLayer(32, 8, 128, 128), 32)],
        };

        var flops = Utilization.PrefillFlops(shape, 2048)!.Value;

        Assert.InRange(flops / (2 * 7.5e9 * 2048), 1.0, 1.05);
        Assert.Equal(flops / 10 / 200e9, Utilization.Mfu(shape, 2048, TimeSpan.FromSeconds(10), Ceilings)!.Value, 9);
    }

    [Fact]
    public void Now_LastSecond_IsPutTogether()
    {
        var timeline = Timelines.Create(5, 10, Timelines.Rate("host_cpu_busy_seconds_total", 1.5),
            ("host_memory_available_bytes", t => t < 4.9 ? 5 : null),
            ("gpu0_memory_used_bytes", t => Math.Abs(t - 4.7) < 0.01 ? 7 : null), ("server_rss_anon_bytes", t => t < 3 ? 1 : null));

        var now = MachineSnapshot.FromSamples(timeline.Schema, timeline.Samples);

        Assert.Equal(1.5, now.BusyCores!.Value, 6);
        Assert.Equal(5, now.MemoryAvailableBytes);
        Assert.Equal(7, now.GpuMemoryUsedBytes);
        // The last reading is two seconds old, which is too old to use.
        Assert.Null(now.ServerAnonBytes);
        Assert.Null(now.DiskBusy);
        Assert.Null(MachineSnapshot.FromSamples(timeline.Schema, []).BusyCores);
    }

    [Fact]
    public void Now_TwoReadingsOfOneMoment_HaveNoRate()
    {
        var timeline = Timelines.Create(1, 10, Timelines.Rate("host_cpu_busy_seconds_total", 1.5));

        Assert.Null(MachineSnapshot.FromSamples(timeline.Schema, [timeline.Samples[5], timeline.Samples[5]]).BusyCores);
    }

    private static ModelShape Shape(params LayerShape[] layers) =>
        new() { Architecture = "llama", EmbeddingLength = 16, VocabularySize = 10, ParameterCount = 1000, Layers = layers };
}
