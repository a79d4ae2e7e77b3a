using MemoryWall.Analysis;
using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>Rates at one context, tokens per second.</summary>
/// <param name="Whole">Prefill of the whole context; null where it was not measured.</param>
/// <param name="AtDepth">Prefill of the stretch after the context, at its depth; null where it was not measured.</param>
/// <param name="Generation">Generation at the context.</param>
internal readonly record struct Point(double? Whole, double? AtDepth, double? Generation);

/// <summary>The rates that one program measured, by context.</summary>
/// <param name="Took">From the start of its process to the last figure.</param>
/// <param name="Points">Its rates by context.</param>
internal sealed record Curve(TimeSpan Took, IReadOnlyDictionary<int, Point> Points)
{
    /// <summary>
    /// The curve of an incremental sweep. It ends at its largest context; for that context, the stretch before it replaces the stretch
    /// after it.
    /// </summary>
    public static IReadOnlyDictionary<int, Point> ComputePoints(IReadOnlyList<InferenceReport> reports, int stretch)
    {
        List<StreamMark> marks = [.. reports.SelectMany(report => report.Marks).Where(mark => mark.Kind == MarkKind.Prefill)];
        return reports.ToDictionary(report => report.CountedPromptTokens!.Value, report =>
        {
            var context = report.CountedPromptTokens!.Value;
            var prefill = report.Native.Prefill ?? report.Server.Prefill;
            var generation = report.Native.Generation ?? report.Server.Generation;
            // With synthetic depth, the computed batch is the last one before the context.
            var atDepth = report.SkippedPromptTokens > 0 ? stretch / prefill?.TotalSeconds
                : report == reports[^1] ? PrefillCurve.RateAtDepth(marks, context - stretch, context)
                : PrefillCurve.RateAtDepth(marks, context, context + stretch);
            return new Point(report.SkippedPromptTokens > 0 ? null : context / prefill?.TotalSeconds, atDepth,
                (report.OutputTokens - 1) / generation?.TotalSeconds);
        });
    }
}
