using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>The columns of <c>trials.csv</c> that hold what the storage tier did.</summary>
internal static class TierColumns
{
    // Never empty where there was a tier, so it tells whether there was one.
    private const string PresenceColumn = "tier_emulated";

    public static IReadOnlyList<(string Name, Func<Trial, string?> Cell)> All { get; } =
    [
        (PresenceColumn, t => t.Tier is { } tier ? Flag(tier.IsEmulated) : null),
        ("tier_locked", t => Flag(t.Tier?.IsLocked)),
        ("tier_budget_bytes", t => NumberCell.Format(t.Tier?.BudgetBytes)),
        ("tier_pinned_weight_bytes", t => NumberCell.Format(t.Tier?.PinnedWeightBytes)),
        ("tier_streamed_weight_bytes", t => NumberCell.Format(t.Tier?.StreamedWeightBytes)),
        ("tier_mapped_weight_bytes", t => NumberCell.Format(t.Tier?.MappedWeightBytes)),
        ("tier_pinned_kv_bytes", t => NumberCell.Format(t.Tier?.PinnedKvBytes)),
        ("tier_streamed_kv_bytes", t => NumberCell.Format(t.Tier?.StreamedKvBytes)),
        ("tier_ring_bytes", t => NumberCell.Format(t.Tier?.RingBytes)),
        ("tier_ring_slots", t => NumberCell.Format(t.Tier?.RingSlots)),
        ("tier_direct_read_bytes_per_second", t => NumberCell.Format(t.Tier?.DirectReadBytesPerSecond)),
        ("tier_prefill_read_bytes", t => NumberCell.Format(t.Tier?.PrefillReadBytes)),
        ("tier_prefill_written_bytes", t => NumberCell.Format(t.Tier?.PrefillWrittenBytes)),
        ("tier_generation_read_bytes", t => NumberCell.Format(t.Tier?.GenerationReadBytes)),
        ("tier_generation_written_bytes", t => NumberCell.Format(t.Tier?.GenerationWrittenBytes)),
        ("tier_resumed_tokens", t => NumberCell.Format(t.Tier?.ResumedTokens)),
        ("tier_resume_seconds", t => NumberCell.Format(t.Tier?.Resume)),
        ("tier_save_seconds", t => NumberCell.Format(t.Tier?.Save)),
        ("tier_state_bytes", t => NumberCell.Format(t.Tier?.StateBytes)),
        ("tier_state_note", t => TextCell.Encode(t.Tier?.StateNote)),
    ];

    /// <summary>The tier of a row; null where there was none.</summary>
    public static TierUse? Read(CsvTableReader row) => Flag(row.GetRaw(PresenceColumn)) is not { } emulated ? null : new TierUse
    {
        IsEmulated = emulated,
        IsLocked = Flag(row.GetRaw("tier_locked")),
        BudgetBytes = row.GetLong("tier_budget_bytes"),
        PinnedWeightBytes = row.GetLong("tier_pinned_weight_bytes"),
        StreamedWeightBytes = row.GetLong("tier_streamed_weight_bytes"),
        MappedWeightBytes = row.GetLong("tier_mapped_weight_bytes"),
        PinnedKvBytes = row.GetLong("tier_pinned_kv_bytes"),
        StreamedKvBytes = row.GetLong("tier_streamed_kv_bytes"),
        RingBytes = row.GetLong("tier_ring_bytes"),
        RingSlots = row.GetInt("tier_ring_slots"),
        DirectReadBytesPerSecond = row.GetLong("tier_direct_read_bytes_per_second"),
        PrefillReadBytes = row.GetLong("tier_prefill_read_bytes"),
        PrefillWrittenBytes = row.GetLong("tier_prefill_written_bytes"),
        GenerationReadBytes = row.GetLong("tier_generation_read_bytes"),
        GenerationWrittenBytes = row.GetLong("tier_generation_written_bytes"),
        ResumedTokens = row.GetInt("tier_resumed_tokens"),
        Resume = row.GetTimeSpan("tier_resume_seconds"),
        Save = row.GetTimeSpan("tier_save_seconds"),
        StateBytes = row.GetLong("tier_state_bytes"),
        StateNote = row.GetText("tier_state_note"),
    };

    private static string? Flag(bool? value) => value switch { true => "true", false => "false", null => null };

    private static bool? Flag(string cell) => cell switch { "true" => true, "false" => false, _ => null };
}
