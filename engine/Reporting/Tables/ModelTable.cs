using MemoryWall.Charts;
using MemoryWall.Models.Synthetic;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>The presets of synthetic models.</summary>
internal static class ModelTable
{
    // Keys and values of 16 bits.
    private const long BytesPerCachedNumber = 2 * 2;

    private static readonly TableColumn<SyntheticSpec>[] s_columns =
    [
        new("name", shape => shape.Name, IsNumber: false),
        new("layers", shape => NumberFormat.Tokens(shape.Layers)),
        new("width", shape => NumberFormat.Tokens(shape.Embedding)),
        new("heads", shape => NumberFormat.Tokens(shape.Heads)),
        new("KV heads", shape => NumberFormat.Tokens(shape.KvHeads)),
        new("vocabulary", shape => NumberFormat.Tokens(shape.Vocabulary)),
        new("weights", shape => shape.Weights.ToString()),
        new("experts", shape => shape.Experts is { } experts
            ? $"{NumberFormat.Tokens(experts.Used)} of {NumberFormat.Tokens(experts.Count)}" : NumberFormat.Absent),
        // What a cache of an eighth and of a quarter of all experts would hit.
        new("hits ⅛, ¼", shape => ExpertLocality.Find(shape) is { } reached
            ? $"{NumberFormat.Percent(reached.HitsOfEighth)}, {NumberFormat.Percent(reached.HitsOfQuarter)}" : NumberFormat.Absent),
        new("KV cache per token",
            shape => NumberFormat.Bytes(BytesPerCachedNumber * shape.Layers * shape.KvHeads * shape.HeadWidth)),
    ];

    public static TextTable CreatePresets() => s_columns.ToTable(SyntheticSpec.Presets);
}
