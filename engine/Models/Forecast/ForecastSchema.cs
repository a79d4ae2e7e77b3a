using MemoryWall.Core.Tables;
using Column = MemoryWall.Core.Tables.Column<(MemoryWall.Models.Forecast.ForecastTable Table, MemoryWall.Models.Forecast.ForecastRow Row)>;

namespace MemoryWall.Models.Forecast;

/// <summary>The columns of a data frame of a forecast: one row for each context.</summary>
internal static class ForecastSchema
{
    private const string Unknown = "A part of it is not known.";

    public static IReadOnlyList<Column<(ForecastTable Table, ForecastRow Row)>> Columns { get; } =
    [
        Column.Text("model", "The model's name, or its architecture where it has no name.", Column.Never, f => f.Table.Model),
        Column.Text("key_type", "Element type of the keys.", Column.Never, f => f.Table.KeyType),
        Column.Text("value_type", "Element type of the values.", Column.Never, f => f.Table.ValueType),
        Column.Integer("context_tokens", "tokens", "The context window (n_ctx).", Column.Never, f => f.Row.ContextTokens),
        Column.Integer("weights_bytes", "bytes", "Weights, all experts and repacked copies included.", "The shape does not say.",
            f => f.Row.WeightsBytes),
        Column.Integer("kv_bytes", "bytes", "KV cache of the whole window.", Column.Never, f => f.Row.KvBytes),
        Column.Integer("recurrent_bytes", "bytes", "Recurrent states; 0 where no layer has any.", Column.Never, f => f.Row.RecurrentBytes),
        Column.Integer("draft_bytes", "bytes", "What drafts: a context of the model's own layers, or a draft model; 0 for none.", Unknown,
            f => f.Row.DraftBytes),
        Column.Integer("compute_bytes", "bytes", "Compute buffers that llama.cpp allocates.", "The size of the vocabulary is not known.",
            f => f.Row.ComputeBytes),
        Column.Integer("other_bytes", "bytes", "What the settings add for the rest of the process.", Column.Never, f => f.Row.OtherBytes),
        Column.Integer("total_bytes", "bytes", "The sum of these parts.", Unknown, f => f.Row.TotalBytes),
        Column.Integer("resident_bytes", "bytes", "Memory that the server really uses, which is what a memory limit counts.", Unknown,
            f => f.Row.ResidentBytes),
        Column.Integer("anonymous_bytes", "bytes", "The part of `resident_bytes` that the system cannot drop: all but mapped weights.",
            Unknown, f => f.Row.AnonymousBytes),
        Column.Integer("touched_bytes_per_token", "bytes", "Bytes read to generate one token at the end of this context.", Unknown,
            f => f.Row.TouchedBytesPerToken),
    ];
}
