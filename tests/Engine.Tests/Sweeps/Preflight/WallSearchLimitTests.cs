using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Models.Forecast;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Sweeps.Preflight;

/// <summary>Without a cap the search ends before the machine runs out of memory, so that the machine stays usable.</summary>
public class WallSearchLimitTests
{
    private const long GiB = 1L << 30;

    private static readonly ModelShape s_shape = new()
    {
        Architecture = "llama",
        EmbeddingLength = 576,
        VocabularySize = 49_152,
        FeedForwardLength = 1536,
        WeightBytes = 73 << 20,
        Layers = [.. Enumerable.Repeat<LayerShape>(new AttentionLayer(9, 3, 64, 64), 30)],
    };

    private static readonly SweepPlan s_plan = new()
    {
        Target = "embedded",
        Contexts = [new TokenCount(2048)],
        Wall = new WallPlan { FromTokens = 2048 }
    };

    private static PreflightResult Ready(SweepPlan plan, bool isOurs = true) => new()
    {
        Findings = [],
        Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64", MemoryAvailableBytes = 4 * GiB },
        Plan = plan,
        Session = new Session(isOurs),
        Target = new TargetFacts
        {
            Kind = "embedded",
            Endpoint = "http://127.0.0.1:1",
            Model = "small",
            Shape = s_shape,
            MaxContextTokens = 10_000_000
        },
        IsBlocked = false,
    };

    private static SweepSettings Settings(bool force = false) => new() { RunsDirectory = "", Force = force };

    [Fact]
    public void ComputeMaxContext_WithoutACap_LeavesAFifthOfWhatIsAvailable_AndSaysSo()
    {
        var ready = Ready(s_plan);
        var most = WallSearchLimit.ComputeMaxContext(s_plan, ready, Settings());
        long Bytes(int context) =>
            MemoryForecast.Compute(s_shape, ForecastSettings.ForEmbedded(s_plan.Options, s_shape),
                s_plan.WindowRule.WindowFor(context)).TotalBytes!.Value;
        Assert.InRange(Bytes(most), 3 * GiB, (long)(0.8 * 4 * GiB));
        Assert.True(Bytes(most + 512) > 0.8 * 4 * GiB);
        Assert.Contains("80%", WallSearchLimit.DescribeLimit(s_plan, ready, Settings()), StringComparison.Ordinal);
        Assert.Contains("--force", WallSearchLimit.DescribeLimit(s_plan, ready, Settings()), StringComparison.Ordinal);
    }

    [Fact]
    public void ComputeMaxContext_WithForce_GoesToWhatTheModelTakes()
    {
        Assert.Equal(10_000_000 - s_plan.OutputTokens - s_plan.WindowMarginTokens,
            WallSearchLimit.ComputeMaxContext(s_plan, Ready(s_plan), Settings(force: true)));
        Assert.Null(WallSearchLimit.DescribeLimit(s_plan, Ready(s_plan), Settings(force: true)));
    }

    [Fact]
    public void ComputeMaxContext_UnderACapThatFits_IsNotHeldBack()
    {
        var capped = s_plan with { Cap = new CapPlan { Bytes = 1 * GiB } };
        Assert.True(WallSearchLimit.ComputeMaxContext(capped, Ready(capped), Settings()) > 1_000_000);
        Assert.Null(WallSearchLimit.DescribeLimit(capped, Ready(capped), Settings()));
        // A cap above the available memory protects nothing.
        var loose = s_plan with { Cap = new CapPlan { Bytes = 8 * GiB } };
        Assert.NotNull(WallSearchLimit.DescribeLimit(loose, Ready(loose), Settings()));
    }

    [Fact]
    public void ComputeMaxContext_OfAServerElsewhere_IsItsOwnAffair() =>
        Assert.Null(WallSearchLimit.DescribeLimit(s_plan, Ready(s_plan, isOurs: false), Settings()));

    private sealed class Session(bool isOurs) : ITargetSession
    {
        public ITarget Target => throw new NotSupportedException();

        public bool IsLocalChild => isOurs;

        public string? ModelPath => null;

        public string? Watch(Sampler sampler) => null;

        public MemoryCounters? ReadMemory() => null;

        public Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation) => Task.FromResult<RestartResult?>(null);

        public Task<Outcome> RefineOutcomeAsync(Outcome outcome) => Task.FromResult(outcome);

        public Task StopAsync() => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
