using MemoryWall.Models.Forecast;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>A forecast over contexts.</summary>
internal static class ForecastDataFrame
{
    public static DataFrame Create(ForecastTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new DataFrameBuilder<ForecastRow>(table.Rows)
            .AddText("model", _ => table.Model)
            .AddText("key_type", _ => table.KeyType)
            .AddText("value_type", _ => table.ValueType)
            .Add<int>("context_tokens", row => row.ContextTokens)
            .Add<long>("weights_bytes", row => row.WeightsBytes)
            .Add<long>("kv_bytes", row => row.KvBytes)
            .Add<long>("recurrent_bytes", row => row.RecurrentBytes)
            .Add<long>("compute_bytes", row => row.ComputeBytes)
            .Add<long>("other_bytes", row => row.OtherBytes)
            .Add<long>("total_bytes", row => row.TotalBytes)
            .Add<long>("resident_bytes", row => row.ResidentBytes)
            .Add<long>("anonymous_bytes", row => row.AnonymousBytes)
            .Add<long>("touched_bytes_per_token", row => row.TouchedBytesPerToken)
            .ToFrame();
    }
}
