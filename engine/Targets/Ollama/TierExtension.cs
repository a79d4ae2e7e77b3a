using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>The storage tier in the dialect: the option that asks for it, and the report of it.</summary>
internal static class TierExtension
{
    public static Dictionary<string, object>? CreateOption(TierPlan? plan)
    {
        if (plan is null)
            return null;
        var fields = new Dictionary<string, object> { ["folder"] = Path.GetFullPath(plan.Folder) };
        void Add(string name, long? value)
        {
            if (value is { } number)
                fields[name] = number;
        }

        Add("memory_bytes", plan.MemoryBytes);
        Add("storage_bytes", plan.StorageBytes);
        Add("bandwidth_bytes_per_second", plan.BandwidthBytesPerSecond);
        Add("latency_ns", plan.Latency is { } latency ? latency.Ticks * TimeSpan.NanosecondsPerTick : null);
        return fields;
    }

    /// <summary>What a server reports; null where it reports none.</summary>
    public static TierUse? ReadReport(JsonElement? ours) =>
        ours.Member(EmbeddedProtocol.Tier) is not { ValueKind: JsonValueKind.Object } found ? null : Parse(found);

    private static TierUse Parse(JsonElement? tier) => new()
    {
        BudgetBytes = tier.Bytes("budget_bytes"),
        PinnedWeightBytes = tier.Bytes("pinned_weight_bytes"),
        StreamedWeightBytes = tier.Bytes("streamed_weight_bytes"),
        MappedWeightBytes = tier.Bytes("mapped_weight_bytes"),
        PinnedKvBytes = tier.Bytes("pinned_kv_bytes"),
        StreamedKvBytes = tier.Bytes("streamed_kv_bytes"),
        RingBytes = tier.Bytes("ring_bytes"),
        RingSlots = tier.Count("ring_slots"),
        DirectReadBytesPerSecond = tier.Bytes("direct_read_bytes_per_second"),
        IsEmulated = tier.IsTrue("emulated"),
        IsLocked = tier.Member("locked")?.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null },
        PrefillReadBytes = tier.Bytes("prefill_read_bytes"),
        PrefillWrittenBytes = tier.Bytes("prefill_written_bytes"),
        GenerationReadBytes = tier.Bytes("generation_read_bytes"),
        GenerationWrittenBytes = tier.Bytes("generation_written_bytes"),
        ResumedTokens = tier.Count("resumed_tokens"),
        Resume = tier.Member("resume_ns")?.Elapsed(),
        Save = tier.Member("save_ns")?.Elapsed(),
        StateBytes = tier.Bytes("state_bytes"),
        StateNote = tier.Text("state_note"),
    };
}
