using MemoryWall.Facts;

namespace MemoryWall.Store;

/// <summary>The columns of <c>trials.csv</c> that hold what the storage tier did.</summary>
internal static class TierColumns
{
    // Never empty where there was a tier, so it tells whether there was one.
    private const string Presence = "tier_emulated";

    public static IReadOnlyList<(string Name, Func<Trial, string?> Cell)> All { get; } =
    [
        (Presence, t => t.Tier is { } tier ? Flag(tier.IsEmulated) : null),
        ("tier_locked", t => Flag(t.Tier?.IsLocked)),
        ("tier_budget_bytes", t => Cell.Of(t.Tier?.BudgetBytes)),
        ("tier_pinned_weight_bytes", t => Cell.Of(t.Tier?.PinnedWeightBytes)),
        ("tier_streamed_weight_bytes", t => Cell.Of(t.Tier?.StreamedWeightBytes)),
        ("tier_mapped_weight_bytes", t => Cell.Of(t.Tier?.MappedWeightBytes)),
        ("tier_pinned_kv_bytes", t => Cell.Of(t.Tier?.PinnedKvBytes)),
        ("tier_streamed_kv_bytes", t => Cell.Of(t.Tier?.StreamedKvBytes)),
        ("tier_ring_bytes", t => Cell.Of(t.Tier?.RingBytes)),
        ("tier_ring_slots", t => Cell.Of(t.Tier?.RingSlots)),
        ("tier_direct_read_bytes_per_second", t => Cell.Of(t.Tier?.DirectReadBytesPerSecond)),
        ("tier_prefill_read_bytes", t => Cell.Of(t.Tier?.PrefillReadBytes)),
        ("tier_prefill_written_bytes", t => Cell.Of(t.Tier?.PrefillWrittenBytes)),
        ("tier_generation_read_bytes", t => Cell.Of(t.Tier?.GenerationReadBytes)),
        ("tier_generation_written_bytes", t => Cell.Of(t.Tier?.GenerationWrittenBytes)),
        ("tier_resumed_tokens", t => Cell.Of(t.Tier?.ResumedTokens)),
        ("tier_resume_seconds", t => Cell.Of(t.Tier?.Resume)),
        ("tier_save_seconds", t => Cell.Of(t.Tier?.Save)),
        ("tier_state_bytes", t => Cell.Of(t.Tier?.StateBytes)),
        ("tier_state_note", t => TextCell.Encode(t.Tier?.StateNote)),
    ];

    /// <summary>The tier of a row; null where there was none.</summary>
    public static TierUse? Read(TableReader row) => Flag(row.Raw(Presence)) is not { } emulated ? null : new TierUse
    {
        IsEmulated = emulated,
        IsLocked = Flag(row.Raw("tier_locked")),
        BudgetBytes = row.Long("tier_budget_bytes"),
        PinnedWeightBytes = row.Long("tier_pinned_weight_bytes"),
        StreamedWeightBytes = row.Long("tier_streamed_weight_bytes"),
        MappedWeightBytes = row.Long("tier_mapped_weight_bytes"),
        PinnedKvBytes = row.Long("tier_pinned_kv_bytes"),
        StreamedKvBytes = row.Long("tier_streamed_kv_bytes"),
        RingBytes = row.Long("tier_ring_bytes"),
        RingSlots = row.Int("tier_ring_slots"),
        DirectReadBytesPerSecond = row.Long("tier_direct_read_bytes_per_second"),
        PrefillReadBytes = row.Long("tier_prefill_read_bytes"),
        PrefillWrittenBytes = row.Long("tier_prefill_written_bytes"),
        GenerationReadBytes = row.Long("tier_generation_read_bytes"),
        GenerationWrittenBytes = row.Long("tier_generation_written_bytes"),
        ResumedTokens = row.Int("tier_resumed_tokens"),
        Resume = row.Duration("tier_resume_seconds"),
        Save = row.Duration("tier_save_seconds"),
        StateBytes = row.Long("tier_state_bytes"),
        StateNote = row.Text("tier_state_note"),
    };

    private static string? Flag(bool? value) => value switch { true => "true", false => "false", null => null };

    private static bool? Flag(string cell) => cell switch { "true" => true, "false" => false, _ => null };
}
