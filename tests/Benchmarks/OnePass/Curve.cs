using MemoryWall.Analysis;
using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>Rates at one context, tokens per second.</summary>
/// <param name="Whole">Prefill of the whole context; null where it was not measured.</param>
/// <param name="Behind">Prefill of the stretch behind the context, at its depth; null where it was not measured.</param>
/// <param name="Generation">Generation at the context.</param>
internal readonly record struct Point(double? Whole, double? Behind, double? Generation);

/// <summary>A table as one program measured it.</summary>
/// <param name="Took">From the start of its process to the last figure.</param>
/// <param name="Points">Its rates by context.</param>
internal sealed record Curve(TimeSpan Took, IReadOnlyDictionary<int, Point> Points)
{
    /// <summary>The curve of a pass. It ends at its largest context: of that, what lies before it stands for what lies behind.</summary>
    public static IReadOnlyDictionary<int, Point> Of(IReadOnlyList<InferenceReport> reports, int stretch)
    {
        List<StreamMark> marks = [.. reports.SelectMany(report => report.Marks).Where(mark => mark.Kind == MarkKind.Prefill)];
        return reports.ToDictionary(report => report.CountedPromptTokens!.Value, report =>
        {
            var context = report.CountedPromptTokens!.Value;
            var prefill = report.Native.Prefill ?? report.Server.Prefill;
            var generation = report.Native.Generation ?? report.Server.Generation;
            // A sampled context's own batch lies before it.
            var behind = report.SkippedPromptTokens > 0 ? stretch / prefill?.TotalSeconds
                : report == reports[^1] ? PrefillCurve.RateAtDepth(marks, context - stretch, context)
                : PrefillCurve.RateAtDepth(marks, context, context + stretch);
            return new Point(report.SkippedPromptTokens > 0 ? null : context / prefill?.TotalSeconds, behind,
                (report.OutputTokens - 1) / generation?.TotalSeconds);
        });
    }
}
