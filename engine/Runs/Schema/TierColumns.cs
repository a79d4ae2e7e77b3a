using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using TierColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.TierUse>;

namespace MemoryWall.Runs.Schema;

/// <summary>What the storage tier planned and moved.</summary>
internal static class TierColumns
{
    private const string NoTier = "There was no storage tier.";
    private const string NoTierOrAnswer = "There was no storage tier, or no answer.";
    private const string NoPool = "No pool of experts: a dense model, or all experts fit into memory.";
    private const string NotRequested = "It was not requested.";

    // A row has a tier exactly where it has a value here: the flag is never absent where there was one.
    private static readonly Column<Trial> s_presence =
        TierColumn.Flag("tier_emulated", "Whether the storage tier was slowed down to emulate another device.", NoTier,
            t => t.IsEmulated, (t, v) => t with { IsEmulated = v })
            .Within<Trial>(t => t.Tier, (t, change) => t with { Tier = change(new()) });

    private static readonly TierColumn[] s_plan =
    [
        TierColumn.Integer("tier_budget_bytes", "bytes", "Memory that the tier planned with.", NoTier,
            t => t.BudgetBytes, (t, v) => t with { BudgetBytes = v }),
        TierColumn.Integer("tier_pinned_weight_bytes", "bytes", "Weights that stay in memory.", NoTier,
            t => t.PinnedWeightBytes, (t, v) => t with { PinnedWeightBytes = v }),
        TierColumn.Integer("tier_streamed_weight_bytes", "bytes",
            "Weights that are read from storage in every pass over the layers: for each batch in prefill, for each token in generation.",
            NoTier,
            t => t.StreamedWeightBytes, (t, v) => t with { StreamedWeightBytes = v }),
        TierColumn.Integer("tier_mapped_weight_bytes", "bytes",
            "Weights that stay memory-mapped because only single rows of them are looked up.", NoTier,
            t => t.MappedWeightBytes, (t, v) => t with { MappedWeightBytes = v }),
        TierColumn.Integer("tier_pinned_kv_bytes", "bytes", "KV cache that stays in memory when the window is full.", NoTier,
            t => t.PinnedKvBytes, (t, v) => t with { PinnedKvBytes = v }),
        TierColumn.Integer("tier_streamed_kv_bytes", "bytes",
            "KV cache that is read from storage in every pass over the layers when the window is full.", NoTier,
            t => t.StreamedKvBytes, (t, v) => t with { StreamedKvBytes = v }),
        TierColumn.Integer("tier_ring_bytes", "bytes", "Memory of the ring buffers through which streamed layers pass.", NoTier,
            t => t.RingBytes, (t, v) => t with { RingBytes = v }),
        TierColumn.Integer("tier_ring_slots", "", "Layers that fit into a ring buffer at once; 0 where nothing is streamed.", NoTier,
            t => t.RingSlots, (t, v) => t with { RingSlots = v }),
        TierColumn.Integer("tier_expert_bytes", "bytes", "All experts of a mixture of experts.", NoPool,
            t => t.ExpertBytes, (t, v) => t with { ExpertBytes = v }),
        TierColumn.Integer("tier_expert_bytes_per_token", "bytes", "Experts that one token uses.", NoPool,
            t => t.ExpertBytesPerToken, (t, v) => t with { ExpertBytesPerToken = v }),
        TierColumn.Integer("tier_expert_pool_bytes", "bytes", "Memory of the pool that holds some of the experts.", NoPool,
            t => t.ExpertPoolBytes, (t, v) => t with { ExpertPoolBytes = v }),
        TierColumn.Integer("tier_direct_read_bytes_per_second", "bytes/s",
            "Read speed of the storage without the page cache, measured when the plan was made.", "Nothing was streamed.",
            t => t.DirectReadBytesPerSecond, (t, v) => t with { DirectReadBytesPerSecond = v }),
    ];

    private static readonly TierColumn[] s_use =
    [
        TierColumn.Integer("tier_prefill_read_bytes", "bytes",
            "Bytes that the tier read from storage during prefill, read-ahead included.", NoTierOrAnswer,
            t => t.PrefillReadBytes, (t, v) => t with { PrefillReadBytes = v }),
        TierColumn.Integer("tier_prefill_written_bytes", "bytes", "Bytes that the tier wrote to storage during prefill.", NoTierOrAnswer,
            t => t.PrefillWrittenBytes, (t, v) => t with { PrefillWrittenBytes = v }),
        TierColumn.Integer("tier_generation_read_bytes", "bytes",
            "Bytes that the tier read from storage during generation, read-ahead included.", NoTierOrAnswer,
            t => t.GenerationReadBytes, (t, v) => t with { GenerationReadBytes = v }),
        TierColumn.Integer("tier_generation_written_bytes", "bytes", "Bytes that the tier wrote to storage during generation.",
            NoTierOrAnswer,
            t => t.GenerationWrittenBytes, (t, v) => t with { GenerationWrittenBytes = v }),
        TierColumn.Integer("tier_generation_expert_uses", "", "Experts used in generation, those of each token counted.", NoPool,
            t => t.GenerationExpertUses, (t, v) => t with { GenerationExpertUses = v }),
        TierColumn.Integer("tier_generation_expert_misses", "", "Of these, the experts that had to be read from storage.", NoPool,
            t => t.GenerationExpertMisses, (t, v) => t with { GenerationExpertMisses = v }),
        TierColumn.Integer("tier_generation_expert_bytes", "bytes", "Bytes of the experts used in generation.", NoPool,
            t => t.GenerationExpertBytes, (t, v) => t with { GenerationExpertBytes = v }),
        TierColumn.Integer("tier_generation_expert_missed_bytes", "bytes", "Of these, the bytes that had to be read from storage.", NoPool,
            t => t.GenerationExpertMissedBytes, (t, v) => t with { GenerationExpertMissedBytes = v }),
        TierColumn.Seconds("tier_generation_expert_wait_seconds", "s", "How long generation waited for experts.", NoPool,
            t => t.GenerationExpertWait, (t, v) => t with { GenerationExpertWait = v }),
        TierColumn.Integer("tier_generation_expert_hits_of_eighth", "",
            "Uses in generation of experts that a cache of an eighth of all experts would have had, if it kept those used last.", NoPool,
            t => t.GenerationExpertHitsOfEighth, (t, v) => t with { GenerationExpertHitsOfEighth = v }),
        TierColumn.Integer("tier_generation_expert_hits_of_quarter", "", "The same for a cache of a quarter of all experts.", NoPool,
            t => t.GenerationExpertHitsOfQuarter, (t, v) => t with { GenerationExpertHitsOfQuarter = v }),
        TierColumn.Integer("tier_resumed_tokens", "tokens", "Prompt tokens restored from a saved state; 0 where none matched.",
            NotRequested,
            t => t.ResumedTokens, (t, v) => t with { ResumedTokens = v }),
        TierColumn.Seconds("tier_resume_seconds", "s", "How long restoring the state took.", NotRequested,
            t => t.Resume, (t, v) => t with { Resume = v }),
        TierColumn.Seconds("tier_save_seconds", "s", "How long saving the state took, after the answer.", NotRequested,
            t => t.Save, (t, v) => t with { Save = v }),
        TierColumn.Integer("tier_state_bytes", "bytes", "Size of the state that was saved or restored.", "No state was saved or restored.",
            t => t.StateBytes, (t, v) => t with { StateBytes = v }),
        TierColumn.Text("tier_state_note", "Why a state was not saved or not restored, in the target's words.",
            "There was nothing to report.",
            t => t.StateNote, (t, v) => t with { StateNote = v }),
    ];

    /// <summary>How the tier ran.</summary>
    public static IReadOnlyList<Column<Trial>> Conditions { get; } =
    [
        s_presence,
        .. OfTrial([
            TierColumn.Flag("tier_locked", "Whether the system agreed not to swap what the tier keeps in memory.",
                "It is not known, or there was no storage tier.",
                t => t.IsLocked, (t, v) => t with { IsLocked = v }),
        ]),
    ];

    /// <summary>What the tier planned for the model and the window.</summary>
    public static IReadOnlyList<Column<Trial>> Plan { get; } = OfTrial(s_plan);

    /// <summary>What the tier moved, and what became of saved states.</summary>
    public static IReadOnlyList<Column<Trial>> Use { get; } = OfTrial(s_use);

    private static IReadOnlyList<Column<Trial>> OfTrial(IEnumerable<TierColumn> columns) =>
        [.. columns.Select(column => column.Within<Trial>(t => t.Tier,
            (t, change) => t.Tier is { } tier ? t with { Tier = change(tier) } : t))];
}
