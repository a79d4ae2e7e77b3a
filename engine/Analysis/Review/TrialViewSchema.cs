using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using MemoryWall.Runs.Schema;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Analysis.Review.TrialView>;

namespace MemoryWall.Analysis.Review;

/// <summary>The columns of a trial with its rates, as JSON and data frames have them: the stored ones, then the derived ones.</summary>
internal static class TrialViewSchema
{
    private const string NoRateReason =
        "The rate could be false (see `doubts` and `outcome`), or a value that it needs is absent.";

    /// <summary>The kinds of a trial's doubts.</summary>
    public static Column<TrialView> Doubts { get; } = Column.Words("doubts",
        "Reasons not to trust the trial. In JSON an array of objects with `kind` and values, elsewhere the kinds joined by `|`.",
        v => [.. v.Doubts.Select(doubt => doubt.Kind)]);

    private const string NoSplit = "There is no TTFT, or the target does not report its prefill.";

    private const string NotReported = "It is not reported, and part of `ttft_orchestration_seconds`, or there is no split.";

    /// <summary>The steps of TTFT. Together they are TTFT.</summary>
    private static readonly Column<TrialView>[] s_ttftSteps =
    [
        Column.Seconds("ttft_sending_seconds", "s", "Step of TTFT: handing the request to the socket.",
            NotReported, v => v.TtftSplit?.Sending),
        Column.Seconds("ttft_queue_seconds", "s", "Step of TTFT: waiting for other requests.", NotReported, v => v.TtftSplit?.Queue),
        Column.Seconds("ttft_loading_seconds", "s",
            "Step of TTFT: loading within the request, of the model or of a saved KV cache.", "None is reported, or there is no split.",
            v => v.TtftSplit?.Loading),
        Column.Seconds("ttft_tokenization_seconds", "s", "Step of TTFT: converting the text to tokens.", NotReported,
            v => v.TtftSplit?.Tokenization),
        Column.Seconds("ttft_orchestration_seconds", "s",
            "Step of TTFT: TTFT less all other steps. It contains receiving and reading the request, scheduling, the delivery of the first "
                + "token, and the steps that are not reported.",
            NoSplit, v => v.TtftSplit?.Orchestration),
        Column.Seconds("ttft_prefill_seconds", "s", "Step of TTFT: computing the prompt, by the server's report.", NoSplit,
            v => v.TtftSplit?.Prefill),
        Column.Seconds("ttft_first_token_seconds", "s",
            "Step of TTFT: from the end of prefill to the first token of the answer (sampling, and reasoning before the answer).",
            NotReported,
            v => v.TtftSplit?.FirstToken),
        Column.Seconds("ttft_clock_rounding_seconds", "s",
            "By how much the reported steps were longer than TTFT, which clocks that round can cause; `ttft_prefill_seconds` is shorter by "
                + "it. 0 for none.",
            NoSplit, v => v.TtftSplit?.ClockRounding),
    ];

    /// <summary>What is derived on reading.</summary>
    public static IReadOnlyList<Column<TrialView>> Derived { get; } =
    [
        Doubts,
        Column.Seconds("prefill_seconds", "s",
            "How long prefill took: native where known, else the server's report, else TTFT less the waits that the server reports.",
            "None of these is known.",
            v => v.Prefill?.Duration),
        Column.Word("prefill_source", "Where `prefill_seconds` comes from: `native`, `server` or `client`.",
            "`prefill_seconds` is absent.",
            v => v.Prefill is { } prefill ? EnumNames.Name(prefill.Source) : null),
        .. s_ttftSteps,
        Column.Seconds("generation_seconds", "s",
            "How long generation took after the first token: native where known, else the server's report, else the time from the first "
                + "to the last chunk.",
            "None of these is known.",
            v => v.Generation?.Duration),
        Column.Word("generation_source", "Where `generation_seconds` comes from: `native`, `server` or `client`.",
            "`generation_seconds` is absent.",
            v => v.Generation is { } generation ? EnumNames.Name(generation.Source) : null),
        Column.Number("prefill_tps", "tokens/s",
            "Prefill rate: (counted − cached prompt tokens) / `prefill_seconds`. It is absent after a cache hit (reported, suspected or "
                + "intended), without a count equal to N, without a duration, and in a trial that failed before its first token.",
            NoRateReason,
            v => v.PrefillRate?.PerSecond),
        Column.Number("prefill_at_depth_tps", "tokens/s",
            "Prefill rate of the last batch at synthetic depth. It is lower than that of a whole prompt and not comparable with it.",
            "The trial has no synthetic depth, or the rate could be false.",
            v => v.PrefillRateAtDepth?.PerSecond),
        Column.Number("generation_tps", "tokens/s",
            "Generation rate: (output tokens − 1) / `generation_seconds`. It is absent for fewer than 2 tokens, after an early stop, "
                + "without a duration, in a failed trial, and for the source `client` where many tokens arrived in one chunk.",
            NoRateReason,
            v => v.GenerationRate?.PerSecond),
        Column.Number("generation_tps_at_most", "tokens/s",
            "An upper bound of the generation rate of a trial that thrashed or timed out in generation: chunks / time since the first "
                + "token. Only the embedded server has it, since each of its chunks is one token.",
            "There is a generation rate, or no such bound.",
            v => v.MaxGenerationRate?.PerSecond),
        Column.Number("blended_tps", "tokens/s", "Blended rate: (prompt + output tokens) / (prefill + generation seconds).",
            "One of the two rates is absent.",
            v => v.BlendedRate?.PerSecond),
        Column.Number("prefill_share", "0 to 1", "Prefill / (prefill + generation).", "One of the two rates is absent.",
            v => v.PrefillShare),
        Column.Number("draft_acceptance", "0 to 1",
            "Accepted / drafted tokens of speculative decoding.", "Nothing was drafted, or the target does not report it.",
            v => v.DraftAcceptance),
        Column.Integer("kv_bytes_in_use", "bytes",
            "The part of `kv_bytes` that the counted prompt tokens occupy of the window.",
            "The KV cache, the window or the count is not known.",
            v => v.KvBytesInUse),
    ];

    /// <summary>All columns, in order.</summary>
    public static IReadOnlyList<Column<TrialView>> Columns { get; } =
        [.. TrialSchema.JsonColumns.Select(column => column.Within<TrialView>(view => view.Trial)), .. Derived];
}
