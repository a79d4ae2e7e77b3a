using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps;

/// <summary>Checks what a plan asks of the storage tier: what can be known without it, and what the target and its model allow.</summary>
internal static class TierCheck
{
    /// <summary>By the plan alone.</summary>
    public static IEnumerable<PreflightFinding> Check(SweepPlan plan)
    {
        if (plan.Options.Tier is not { } tier)
            yield break;
        if (!OperatingSystem.IsLinux())
            yield return PreflightFinding.Error("tier", "the storage tier needs Linux; leave it out on this system");
        if (!Directory.Exists(tier.Folder))
            yield return PreflightFinding.Error("tier", $"there is no folder '{tier.Folder}'; make it, on the device that is to be used");
        if (tier.MemoryBytes is null && plan.Cap is null)
            yield return PreflightFinding.Note("tier",
                "no budget is given and there is no cap: the limit of the control group decides, and the load is refused where there is none");
        foreach (var (name, value) in ((string Name, long? Value)[])[("memory", tier.MemoryBytes), ("storage", tier.StorageBytes),
            ("bandwidth", tier.BandwidthBytesPerSecond), ("latency", tier.Latency?.Ticks)])
            if (value <= 0)
                yield return PreflightFinding.Error("tier", $"{value} is no {name}; more than 0");
        if (plan.Options.FlashAttention == "off")
            yield return PreflightFinding.Error("tier",
                "it streams keys and values row by row, which needs flash attention; set that to on or auto");
        if (plan.Options.LoadMode is not (null or "mmap"))
            yield return PreflightFinding.Error("tier",
                $"it takes the weights from the mapped file; load mode {plan.Options.LoadMode} cannot be had with it");
        if (plan.Options.GpuLayers > 0)
            yield return PreflightFinding.Error("tier", "it streams into RAM; layers on the accelerator cannot be had with it");
    }

    /// <summary>By what the target tells.</summary>
    public static IEnumerable<PreflightFinding> Check(TierPlan? tier, TargetFacts facts)
    {
        if (tier is null || facts.Shape is not { } shape)
            yield break;
        if (shape.Layers.Any(layer => layer is RecurrentLayer))
            yield return PreflightFinding.Error("tier",
                $"'{facts.Model}' has recurrent layers, which keep no rows of keys and values; it cannot be streamed");
        if (shape.Layers.Any(layer => layer is AttentionLayer { SlidingWindow: not null }))
            yield return PreflightFinding.Error("tier",
                $"'{facts.Model}' has layers with a sliding window, whose cache is not laid out by token; it cannot be streamed");
    }
}
