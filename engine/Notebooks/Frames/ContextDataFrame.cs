using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using Microsoft.Data.Analysis;
using Quantity = MemoryWall.Analysis.MetricSummary;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Repetitions summed up by context.</summary>
internal static class ContextDataFrame
{
    public static DataFrame Create(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var columns = new DataFrameBuilder<ContextSummary>(Runs.Analysis(run).Contexts)
            .Add<int>("context_tokens", row => row.ContextTokens)
            .Add<int>("concurrency", row => row.Concurrency)
            .Add<int>("output_tokens_asked", row => row.OutputTokensAsked)
            .AddText("method", row => EnumNames.Name(row.Method))
            .AddText("label", row => row.Label == TrialFlags.None ? null : string.Join('|', row.Label.Names()))
            .Add<int>("trials", row => row.Trials.Count)
            .Add<int>("completed", row => row.Completed)
            .Add<int>("left_out", row => row.Excluded.Count)
            .Add<int>("disturbed", row => row.TrialsWithInterference.Count);
        Add(columns, "load_seconds", row => row.LoadSeconds);
        Add(columns, "ttft_seconds", row => row.TtftSeconds);
        Add(columns, "prefill_tps", row => row.PrefillTps);
        Add(columns, "generation_tps", row => row.GenerationTps);
        Add(columns, "blended_tps", row => row.BlendedTps);
        Add(columns, "prefill_share", row => row.PrefillShare);
        return columns.ToFrame();
    }

    private static void Add(DataFrameBuilder<ContextSummary> columns, string name, Func<ContextSummary, Quantity?> of) => columns
        .Add<double>(name, row => of(row)?.Median)
        .Add<double>(name + "_low", row => of(row)?.Estimate.Interval?.Low)
        .Add<double>(name + "_high", row => of(row)?.Estimate.Interval?.High);
}
