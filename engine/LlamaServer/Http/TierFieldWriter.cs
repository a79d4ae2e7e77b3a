using System.Text.Json;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>What the storage tier planned and did, as fields of a frame.</summary>
internal static class TierFieldWriter
{
    public static void Write(Utf8JsonWriter writer, TierReport plan, TierUsage? usage)
    {
        writer.WriteStartObject(EmbeddedProtocol.Tier);
        writer.WriteNumber("budget_bytes", plan.BudgetBytes);
        writer.WriteNumber("pinned_weight_bytes", plan.PinnedWeightBytes);
        writer.WriteNumber("streamed_weight_bytes", plan.StreamedWeightBytes);
        writer.WriteNumber("mapped_weight_bytes", plan.MappedWeightBytes);
        writer.WriteNumber("pinned_kv_bytes", plan.PinnedKvBytes);
        writer.WriteNumber("streamed_kv_bytes", plan.StreamedKvBytes);
        writer.WriteNumber("ring_bytes", plan.RingBytes);
        writer.WriteNumber("ring_slots", plan.RingSlots);
        WriteOptional(writer, "direct_read_bytes_per_second", plan.DirectReadBytesPerSecond);
        writer.WriteBoolean("emulated", plan.IsEmulated);
        writer.WriteBoolean("locked", plan.IsLocked);
        if (usage is not null)
            Write(writer, usage);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, TierUsage usage)
    {
        writer.WriteNumber("prefill_read_bytes", usage.Prefill.Read);
        writer.WriteNumber("prefill_written_bytes", usage.Prefill.Written);
        writer.WriteNumber("generation_read_bytes", usage.Generation.Read);
        writer.WriteNumber("generation_written_bytes", usage.Generation.Written);
        WriteOptional(writer, "resumed_tokens", usage.ResumedTokens);
        WriteOptional(writer, "resume_ns", usage.ResumeNanoseconds);
        WriteOptional(writer, "save_ns", usage.SaveNanoseconds);
        WriteOptional(writer, "state_bytes", usage.StateBytes);
        if (usage.StateNote is { } note)
            writer.WriteString("state_note", note);
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }
}
