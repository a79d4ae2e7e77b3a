using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.Trial>;

namespace MemoryWall.Runs.Schema;

/// <summary>The columns of <c>trials.csv</c>, in order. They are facts: no rate and nothing else that is derived is among them.</summary>
internal static class TrialSchema
{
    private const string NotReported = "The target does not report it.";

    private static readonly Column[] s_request =
    [
        Column.Integer("number", "", "The trial's place in the run, from 1. A number is never used twice.", Column.Never,
            t => t.Number, (t, v) => t with { Number = v }) with { IsRequired = true },
        Column.Integer("context_tokens", "tokens", "The requested length of the prompt (N).", Column.Never,
            t => t.ContextTokens, (t, v) => t with { ContextTokens = v }) with { IsRequired = true },
        Column.Integer("repetition", "", "The repetition of this context, from 1; 0 for a warm-up.", Column.Never,
            t => t.Repetition, (t, v) => t with { Repetition = v }) with { IsRequired = true },
        Column.Integer("concurrency", "streams", "Streams that ran at the same time.", Column.Never,
            t => t.Concurrency, (t, v) => t with { Concurrency = v }),
        Column.Integer("stream", "", "Which of those streams it is, from 1.", Column.Never,
            t => t.Stream, (t, v) => t with { Stream = v }),
        Column.Integer("output_tokens_asked", "tokens", "The requested length of the answer.", Column.Never,
            t => t.OutputTokensAsked, (t, v) => t with { OutputTokensAsked = v }),
        Column.Word("method",
            "How the context was reached: `cold` (the whole prompt was computed for this trial), `depth` (one prompt grew through all "
                + "contexts), `sampled` (the depth is synthetic and only the last batch was computed), `resume` (the KV cache of the "
                + "trial before was restored from storage) or `session` (a turn of a conversation, of which the target uses what it has).",
            "The file is of a version that had cold trials only.",
            t => t.Method, (t, v) => t with { Method = v }),
        Column.Word("prompt_kind", "What the prompt is made of: `words` of the target's vocabulary, or a `document` of the user.",
            Column.Never,
            t => t.PromptKind, (t, v) => t with { PromptKind = v }),
        Column.OptionalWord("prompt_as",
            "How the prompt was sent: `text`, which the server tokenizes, or `ids` of its vocabulary.",
            "No prompt was sent, or the file is of a version that did not store it.",
            t => t.PromptAs, (t, v) => t with { PromptAs = v }),
        Column.Text("nonce", "The words at the start of the prompt, which no other prompt starts with; of a conversation, the first "
                + "words of its own text.", "The prompt was never built.",
            t => t.Nonce, (t, v) => t with { Nonce = v }),
        Column.Integer("window_tokens", "tokens", "The context window requested from the target (num_ctx).", "None was requested.",
            t => t.WindowTokens, (t, v) => t with { WindowTokens = v }),
        Column.Integer("given_window_tokens", "tokens", "The context window that the target reports to have.", NotReported,
            t => t.GivenWindowTokens, (t, v) => t with { GivenWindowTokens = v }),
    ];

    private static readonly Column[] s_counts =
    [
        Column.Integer("counted_prompt_tokens", "tokens", "Prompt tokens that the target counted.", NotReported,
            t => t.CountedPromptTokens, (t, v) => t with { CountedPromptTokens = v }),
        Column.Integer("cached_prompt_tokens", "tokens", "Prompt tokens that the target took from a cache.", NotReported,
            t => t.CachedPromptTokens, (t, v) => t with { CachedPromptTokens = v }),
        Column.Integer("jumped_prompt_tokens", "tokens",
            "Prompt tokens whose prefill was skipped: the first ones, which got their KV cells without being computed.",
            "All prompt tokens were computed.",
            t => t.SkippedPromptTokens, (t, v) => t with { SkippedPromptTokens = v }),
        Column.Integer("output_tokens", "tokens", "Generated tokens as the target counts them, reasoning included.", NotReported,
            t => t.OutputTokens, (t, v) => t with { OutputTokens = v }),
        Column.Integer("draft_tokens", "tokens", "Tokens that speculative decoding drafted.", "The target reports no speculation.",
            t => t.DraftTokens, (t, v) => t with { DraftTokens = v }),
        Column.Integer("accepted_draft_tokens", "tokens", "The part of `draft_tokens` that the model accepted.",
            "The target reports no speculation.",
            t => t.AcceptedDraftTokens, (t, v) => t with { AcceptedDraftTokens = v }),
        Column.Integer("chunks", "chunks", "Chunks with generated content that arrived. A chunk is not a token.", Column.Never,
            t => t.Chunks, (t, v) => t with { Chunks = v }),
        Column.Integer("arrivals", "",
            "Separate arrivals of those chunks: a chunk that arrived less than 100 µs after the one before came with it.",
            "No request was sent.",
            t => t.Arrivals, (t, v) => t with { Arrivals = v }),
        Column.Integer("first_arrival_chunks", "chunks", "Chunks of the first of those arrivals.", "No request was sent.",
            t => t.FirstArrivalChunks, (t, v) => t with { FirstArrivalChunks = v }),
        Column.Flag("dropped_tokens", "Whether the target reports that it dropped tokens of the window (`truncated` of llama-server).",
            NotReported,
            t => t.HasDroppedTokens, (t, v) => t with { HasDroppedTokens = v }),
    ];

    private static readonly Column[] s_end =
    [
        Column.Text("stop_reason", "Why the target stopped, in its own word (`stop`, `length`).", NotReported,
            t => t.StopReason, (t, v) => t with { StopReason = v }),
        .. OutcomeColumns.All,
        Column.Words("flags", "What kind of trial it is on purpose, a list in JSON and joined by `|` elsewhere.",
            t => t.Flags.Names(), (t, v) => t with { Flags = TrialFlagNames.Parse(v) }, name => TrialFlagNames.TryParse(name, out _)),
    ];

    private static readonly Column[] s_buffers =
    [
        Column.Integer("kv_bytes", "bytes", "KV cache that the target allocated for the window.", NotReported,
            t => t.KvBytes, (t, v) => t with { KvBytes = v }),
        Column.Integer("compute_bytes", "bytes", "Compute buffers that the target allocated.", NotReported,
            t => t.ComputeBytes, (t, v) => t with { ComputeBytes = v }),
        Column.Integer("resident_bytes", "bytes", "Memory that the target uses for model and context in all.", NotReported,
            t => t.ResidentBytes, (t, v) => t with { ResidentBytes = v }),
        Column.Integer("accelerator_bytes", "bytes", "The part of `resident_bytes` in accelerator memory; 0 means none.", NotReported,
            t => t.AcceleratorBytes, (t, v) => t with { AcceleratorBytes = v }),
    ];

    private static readonly Column[] s_beforeTier =
        [.. s_request, .. s_counts, .. TimingColumns.All, .. s_end, .. s_buffers, .. MemoryColumns.All, .. ServerLoadColumns.All];

    /// <summary>The columns that files of this schema may lack, since they were added while such files were written.</summary>
    public static IReadOnlyList<string> AddedLater { get; } =
    [
        "prompt_as", "draft_tokens", "accepted_draft_tokens", "first_arrival_chunks", "request_sent_after_seconds",
        "server_tokenization_seconds", "server_first_token_seconds", "tier_expert_bytes", "tier_expert_bytes_per_token",
        "tier_expert_pool_bytes", "tier_generation_expert_uses", "tier_generation_expert_misses", "tier_generation_expert_bytes",
        "tier_generation_expert_missed_bytes", "tier_generation_expert_wait_seconds", "tier_generation_expert_hits_of_eighth",
        "tier_generation_expert_hits_of_quarter", .. SessionColumns.All.Select(column => column.Name),
    ];

    /// <summary>In the order of the file.</summary>
    public static IReadOnlyList<Column<Trial>> Columns { get; } =
        [.. s_beforeTier, .. TierColumns.Conditions, .. TierColumns.Plan, .. TierColumns.Use, .. SessionColumns.All];

    /// <summary>In the order of JSON and data frames, which have always listed the tier's plan first.</summary>
    public static IReadOnlyList<Column<Trial>> JsonColumns { get; } =
        [.. s_beforeTier, .. TierColumns.Plan, .. TierColumns.Conditions, .. TierColumns.Use, .. SessionColumns.All];
}
