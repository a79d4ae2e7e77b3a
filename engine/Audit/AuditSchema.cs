using MemoryWall.Core.Primitives;
using MemoryWall.Core.Tables;
using Column = MemoryWall.Core.Tables.Column<(MemoryWall.Audit.AuditedFile File, MemoryWall.Audit.AuditRecord Record)>;

namespace MemoryWall.Audit;

/// <summary>The columns of a data frame of other tools' results: one row for each record, as it was reported.</summary>
internal static class AuditSchema
{
    private const string NotReported = "The tool does not report it.";

    public static IReadOnlyList<Column<(AuditedFile File, AuditRecord Record)>> Columns { get; } =
    [
        Column.Text("file", "The name of the file.", Column.Never, a => a.File.Name),
        Column.Word("tool", "The tool that wrote it.", "The file was not audited.", a => a.File.Tool),
        Column.Integer("record", "", "The record's place in the file, from 1.", Column.Never, a => a.Record.Number),
        Column.Word("kind", "What the record is: one `request`, a `repeated` test as a mean, or an `aggregate` of many requests.",
            Column.Never, a => EnumNames.Name(a.Record.Kind)),
        Column.Text("model", "The model in the tool's words.", NotReported, a => a.Record.Model),
        Column.Text("test", "The settings that make two records the same test, in the tool's words.", NotReported, a => a.Record.Test),
        Column.Number("depth_tokens", "tokens", "Tokens in the KV cache before the test began.", NotReported, a => a.Record.DepthTokens),
        Column.Number("prompt_tokens_asked", "tokens", "The requested length of the prompt.", NotReported,
            a => a.Record.PromptTokensAsked),
        Column.Number("prompt_tokens", "tokens", "Counted prompt tokens, of an aggregate the mean.", NotReported,
            a => a.Record.PromptTokens),
        Column.Number("cached_prompt_tokens", "tokens", "Prompt tokens taken from a cache, of an aggregate the mean.", NotReported,
            a => a.Record.CachedTokens),
        Column.Number("output_tokens_asked", "tokens", "The requested length of the answer.", NotReported,
            a => a.Record.OutputTokensAsked),
        Column.Number("output_tokens", "tokens", "Counted output tokens, of an aggregate the mean.", NotReported,
            a => a.Record.OutputTokens),
        Column.Number("concurrency", "streams", "Requests at the same time.", NotReported, a => a.Record.Concurrency),
        Column.Number("ttft_seconds", "s", "TTFT, the mean or the median that the tool gives.", NotReported, a => a.Record.TtftSeconds),
        Column.Number("tpot_seconds", "s", "Time per output token after the first, the median or the mean that the tool gives.",
            NotReported, a => a.Record.TpotSeconds),
        Column.Number("load_seconds", "s", "Loading of the model as a part of the test.", NotReported, a => a.Record.LoadSeconds),
        Column.Number("prefill_seconds", "s", "Duration of prefill.", NotReported, a => a.Record.PrefillSeconds),
        Column.Number("generation_seconds", "s", "Duration of generation.", NotReported, a => a.Record.GenerationSeconds),
        Column.Number("duration_seconds", "s", "Duration of the whole test.", NotReported, a => a.Record.DurationSeconds),
        Column.Number("prefill_tps", "tokens/s", "Prefill rate.", NotReported, a => a.Record.PrefillTps),
        Column.Number("generation_tps", "tokens/s", "Output tokens of one stream per second.", NotReported, a => a.Record.GenerationTps),
        Column.Number("output_tps", "tokens/s", "Output tokens of all streams per second, prefill included.", NotReported,
            a => a.Record.OutputTps),
        Column.Number("total_tps", "tokens/s", "Prompt and output tokens of all streams per second.", NotReported,
            a => a.Record.TotalTps),
        Column.Number("spread_tps", "tokens/s", "Standard deviation of the rate.", NotReported, a => a.Record.SpreadTps),
        Column.Number("requests", "", "Requests, failures included.", NotReported, a => a.Record.Requests),
        Column.Number("failed", "", "Requests that failed or were cut short.", NotReported, a => a.Record.Failed),
        Column.Flag("succeeded", "Whether the tool counts it as completed.", NotReported, a => a.Record.Succeeded),
        Column.Text("error", "What the tool says of a failure.", "It did not fail, or the tool does not say why.", a => a.Record.Error),
        Column.Word("doubts", "The rules that doubt the record, joined by `|`.", "No rule doubts it.",
            a => string.Join('|', FindDoubts(a.File, a.Record)) is { Length: > 0 } doubts ? doubts : null),
    ];

    /// <summary>The records of some files, each with its file.</summary>
    public static IReadOnlyList<(AuditedFile File, AuditRecord Record)> ToRows(IReadOnlyList<AuditedFile> files) =>
        [.. files.SelectMany(file => file.Records.Select(record => (file, record)))];

    /// <summary>The rules that doubt a record.</summary>
    public static IEnumerable<string> FindDoubts(AuditedFile file, AuditRecord record) =>
        file.Doubts.Where(doubt => doubt.Records.Contains(record.Number)).Select(doubt => doubt.Rule).Distinct();
}
