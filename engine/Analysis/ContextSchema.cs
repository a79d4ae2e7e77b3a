using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using Column = MemoryWall.Core.Tables.Column<MemoryWall.Analysis.ContextSummary>;

namespace MemoryWall.Analysis;

/// <summary>The columns of a data frame with one row for each context.</summary>
internal static class ContextSchema
{
    public static IReadOnlyList<Column<ContextSummary>> Columns { get; } =
    [
        Column.Integer("context_tokens", "tokens", "The requested length of the prompt (N).", Column.Never, c => c.ContextTokens),
        Column.Integer("concurrency", "streams", "Streams that ran at the same time.", Column.Never, c => c.Concurrency),
        Column.Integer("output_tokens_asked", "tokens", "The requested length of the answer.", Column.Never, c => c.OutputTokensAsked),
        Column.Word("method", "How the context was reached, as in `trials.csv`.", Column.Never, c => EnumNames.Name(c.Method)),
        Column.Word("label", "Flags that all its trials have on purpose, joined by `|`.", "There are none.",
            c => c.Label == TrialFlags.None ? null : string.Join('|', c.Label.Names())),
        Column.Integer("trials", "", "Measured trials, failures included and warm-ups not.", Column.Never, c => c.Trials.Count),
        Column.Integer("completed", "", "Trials that completed.", Column.Never, c => c.Completed),
        Column.Integer("left_out", "", "Trials that are excluded from the medians: they failed or are doubted.", Column.Never,
            c => c.Excluded.Count),
        Column.Integer("disturbed", "", "Trials during which other programs used the machine.", Column.Never,
            c => c.TrialsWithInterference.Count),
        Column.Integer("disturbed_left_out", "",
            "Those of them that are in no median but that of the load, because enough undisturbed trials remain; the medians include the "
                + "others.",
            Column.Never, c => c.DisturbedLeftOut.Count),
        .. Metric("load_seconds", "s", "time to load the model", c => c.LoadSeconds),
        .. Metric("ttft_seconds", "s", "TTFT", c => c.TtftSeconds),
        Step("sending", "handing the request to the socket", c => c.TtftSplit?.Sending),
        Step("queue", "waiting for other requests", c => c.TtftSplit?.Queue),
        Step("loading", "loading within the request", c => c.TtftSplit?.Loading),
        Step("tokenization", "converting the text to tokens", c => c.TtftSplit?.Tokenization),
        Step("orchestration", "TTFT less all other steps", c => c.TtftSplit?.Orchestration),
        Step("prefill", "computing the prompt", c => c.TtftSplit?.Prefill),
        Step("first_token", "from the end of prefill to the first token", c => c.TtftSplit?.FirstToken),
        .. Metric("prefill_tps", "tokens/s", "prefill rate", c => c.PrefillTps),
        .. Metric("generation_tps", "tokens/s", "generation rate", c => c.GenerationTps),
        .. Metric("blended_tps", "tokens/s", "blended rate", c => c.BlendedTps),
        .. Metric("prefill_share", "0 to 1", "share of prefill in prefill and generation", c => c.PrefillShare),
    ];

    private static Column Step(string name, string what, Func<ContextSummary, TimeSpan?> get) => Column.Seconds($"ttft_{name}_seconds", "s",
        $"Step of the median TTFT: {what}.", "It is not reported, or TTFT has no steps.", get);

    private static IEnumerable<Column<ContextSummary>> Metric(string name, string unit, string what,
        Func<ContextSummary, MetricSummary?> get) =>
    [
        Column.Number(name, unit, $"Median {what}.", "No trial has a value.", c => get(c)?.Median),
        Column.Number(name + "_low", unit, $"Lower end of the interval of the median {what}.", "There are too few values.",
            c => get(c)?.Estimate.Interval?.Low),
        Column.Number(name + "_high", unit, $"Upper end of the interval of the median {what}.", "There are too few values.",
            c => get(c)?.Estimate.Interval?.High),
    ];
}
