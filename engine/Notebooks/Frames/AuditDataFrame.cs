using MemoryWall.Audit;
using MemoryWall.Core;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Records of other tools' results, as they were reported: nothing is derived, what a tool does not tell is null.</summary>
internal static class AuditDataFrame
{
    public static DataFrame Create(IReadOnlyList<AuditedFile> files) =>
        new DataFrameBuilder<(AuditedFile File, AuditRecord Record)>(
            [.. files.SelectMany(file => file.Records.Select(record => (file, record)))])
        .AddText("file", row => row.File.Name)
        .AddText("tool", row => row.File.Tool)
        .Add<int>("record", row => row.Record.Number)
        .AddText("kind", row => EnumNames.Name(row.Record.Kind))
        .AddText("model", row => row.Record.Model)
        .AddText("test", row => row.Record.Test)
        .Add<double>("depth_tokens", row => row.Record.DepthTokens)
        .Add<double>("prompt_tokens_asked", row => row.Record.PromptTokensAsked)
        .Add<double>("prompt_tokens", row => row.Record.PromptTokens)
        .Add<double>("cached_prompt_tokens", row => row.Record.CachedTokens)
        .Add<double>("output_tokens_asked", row => row.Record.OutputTokensAsked)
        .Add<double>("output_tokens", row => row.Record.OutputTokens)
        .Add<double>("concurrency", row => row.Record.Concurrency)
        .Add<double>("ttft_seconds", row => row.Record.TtftSeconds)
        .Add<double>("prefill_seconds", row => row.Record.PrefillSeconds)
        .Add<double>("generation_seconds", row => row.Record.GenerationSeconds)
        .Add<double>("duration_seconds", row => row.Record.DurationSeconds)
        .Add<double>("prefill_tps", row => row.Record.PrefillTps)
        .Add<double>("generation_tps", row => row.Record.GenerationTps)
        .Add<double>("output_tps", row => row.Record.OutputTps)
        .Add<double>("total_tps", row => row.Record.TotalTps)
        .Add<double>("spread_tps", row => row.Record.SpreadTps)
        .Add<double>("requests", row => row.Record.Requests)
        .Add<double>("failed", row => row.Record.Failed)
        .Add<bool>("succeeded", row => row.Record.Succeeded)
        .AddText("doubts", row => string.Join('|', Doubts(row.File, row.Record)) is { Length: > 0 } doubts ? doubts : null)
        .ToFrame();

    public static IEnumerable<string> Doubts(AuditedFile file, AuditRecord record) =>
        file.Doubts.Where(doubt => doubt.Records.Contains(record.Number)).Select(doubt => doubt.Rule).Distinct();
}
