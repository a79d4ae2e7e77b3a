using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Converts the plan of a storage tier to its request field, and its report to the trial's facts.</summary>
internal static class TierMapping
{
    public static TierOption? ToOption(TierPlan? plan) => plan is null ? null : new TierOption
    {
        Folder = Path.GetFullPath(plan.Folder),
        MemoryBytes = plan.MemoryBytes,
        StorageBytes = plan.StorageBytes,
        BandwidthBytesPerSecond = plan.BandwidthBytesPerSecond,
        LatencyNanoseconds = plan.Latency is { } latency ? latency.Ticks * TimeSpan.NanosecondsPerTick : null,
    };

    public static TierUse? ToTierUse(TierReport? report) => report is null ? null : new TierUse
    {
        BudgetBytes = WireNumbers.Bytes(report.BudgetBytes),
        PinnedWeightBytes = WireNumbers.Bytes(report.PinnedWeightBytes),
        StreamedWeightBytes = WireNumbers.Bytes(report.StreamedWeightBytes),
        MappedWeightBytes = WireNumbers.Bytes(report.MappedWeightBytes),
        PinnedKvBytes = WireNumbers.Bytes(report.PinnedKvBytes),
        StreamedKvBytes = WireNumbers.Bytes(report.StreamedKvBytes),
        RingBytes = WireNumbers.Bytes(report.RingBytes),
        RingSlots = WireNumbers.Count(report.RingSlots),
        ExpertBytes = WireNumbers.Bytes(report.ExpertBytes),
        ExpertBytesPerToken = WireNumbers.Bytes(report.ExpertBytesPerToken),
        ExpertPoolBytes = WireNumbers.Bytes(report.ExpertPoolBytes),
        GenerationExpertUses = WireNumbers.Bytes(report.GenerationExpertUses),
        GenerationExpertMisses = WireNumbers.Bytes(report.GenerationExpertMisses),
        GenerationExpertBytes = WireNumbers.Bytes(report.GenerationExpertBytes),
        GenerationExpertMissedBytes = WireNumbers.Bytes(report.GenerationExpertMissedBytes),
        GenerationExpertWait = WireNumbers.Point(report.GenerationExpertWaitNanoseconds),
        GenerationExpertHitsOfEighth = WireNumbers.Bytes(report.GenerationExpertHitsOfEighth),
        GenerationExpertHitsOfQuarter = WireNumbers.Bytes(report.GenerationExpertHitsOfQuarter),
        DirectReadBytesPerSecond = WireNumbers.Bytes(report.DirectReadBytesPerSecond),
        IsEmulated = report.IsEmulated is true,
        IsLocked = report.IsLocked,
        PrefillReadBytes = WireNumbers.Bytes(report.PrefillReadBytes),
        PrefillWrittenBytes = WireNumbers.Bytes(report.PrefillWrittenBytes),
        GenerationReadBytes = WireNumbers.Bytes(report.GenerationReadBytes),
        GenerationWrittenBytes = WireNumbers.Bytes(report.GenerationWrittenBytes),
        ResumedTokens = WireNumbers.Count(report.ResumedTokens),
        Resume = WireNumbers.Point(report.ResumeNanoseconds),
        Save = WireNumbers.Point(report.SaveNanoseconds),
        StateBytes = WireNumbers.Bytes(report.StateBytes),
        StateNote = report.StateNote,
    };
}
