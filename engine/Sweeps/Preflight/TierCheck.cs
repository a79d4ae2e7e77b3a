using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Checks the storage tier of a plan, before the target is started and against the target's model.</summary>
internal static class TierCheck
{
    /// <summary>The findings from the plan alone.</summary>
    public static IEnumerable<PreflightFinding> Check(SweepPlan plan)
    {
        if (plan.Options.Tier is not { } tier)
            return [];
        var options = plan.Options;
        var errors = PlanRule.FindErrors(
        [
            new("tier", !OperatingSystem.IsLinux(), "the storage tier needs Linux; leave --tier out on this system"),
            new("tier", !Directory.Exists(tier.Folder),
                $"the folder '{tier.Folder}' does not exist; create it on the device that the tier is to use"),
            CheckRange("memory in bytes", tier.MemoryBytes, 1, TierPlan.MaxBytes),
            CheckRange("storage in bytes", tier.StorageBytes, 1, TierPlan.MaxBytes),
            CheckRange("bandwidth in bytes per second", tier.BandwidthBytesPerSecond, TierPlan.MinBandwidth, TierPlan.MaxBytes),
            CheckRange("latency in nanoseconds", tier.Latency is { } latency ? ToNanoseconds(latency) : null, 1,
                TierPlan.MaxLatencyNanoseconds),
            new("tier", options.FlashAttention == "off",
                "it streams keys and values row by row, which needs flash attention; set flash attention to on or auto"),
            new("tier", options.LoadMode is not (null or "mmap"),
                $"it streams the weights from the mapped file; set the load mode to mmap instead of {options.LoadMode}"),
            new("tier", options.GpuLayers > 0, $"it streams into RAM; set GPU layers to 0 instead of {options.GpuLayers}"),
        ]);
        return tier.MemoryBytes is null && plan.Cap is null
            ? errors.Append(PreflightFinding.Note("tier",
                "--tier needs a budget (--tier FOLDER,2G) or --cap; without them the server uses the limit of its control group, and "
                + "refuses to load where there is none"))
            : errors;
    }

    /// <summary>The findings from the target's model.</summary>
    public static IEnumerable<PreflightFinding> Check(TierPlan? tier, TargetFacts facts)
    {
        if (tier is null || facts.Shape is not { } shape)
            return [];
        return PlanRule.FindErrors(
            new("tier", shape.Layers.Any(layer => layer.HasState),
                $"'{facts.Model}' has recurrent layers, which have no rows of keys and values to stream; use another model or no tier"),
            new("tier", shape.Layers.Any(layer => layer.Window is not null),
                $"'{facts.Model}' has sliding-window layers, whose cache is not ordered by token and cannot be streamed; use another "
                + "model or no tier"));
    }

    // A time that is no number of nanoseconds is far too long.
    private static long ToNanoseconds(TimeSpan time) =>
        time.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : time.Ticks * TimeSpan.NanosecondsPerTick;

    private static PlanRule CheckRange(string name, long? value, long least, long most) => new("tier", value < least || value > most,
        FormattableString.Invariant($"{value} is not a {name}; give {least} to {most}"));
}
