using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Figures;

/// <summary>MFU of prefill and MBU of generation over context.</summary>
internal static class UtilizationChart
{
    public static Chart Create(Run run)
    {
        var phases = Runs.Analysis(run).Phases;
        var completed = run.Trials.Where(trial => trial.Outcome.IsCompleted).Select(trial => trial.Number).ToHashSet();
        var mfu = ComputeMedians(phases.Where(phase => completed.Contains(phase.Trial)), phase => phase.Mfu);
        var mbu = ComputeMedians(phases.Where(phase => completed.Contains(phase.Trial)), phase => phase.Mbu);
        return new Chart
        {
            Title = (mfu.Count, mbu.Count) switch
            {
                (0, 0) => "MFU and MBU are not known: no ceilings that hold, no shape, or a server whose processes were not watched",
                _ => string.Join("; ", new[]
                {
                    mfu.Count > 0
                        ? $"Prefill uses {NumberFormat.Percent(mfu.Min(p => p.Value))} to {NumberFormat.Percent(mfu.Max(p => p.Value))} of the arithmetic (MFU)"
                        : null,
                    mbu.Count > 0
                        ? $"generation {NumberFormat.Percent(mbu.Min(p => p.Value))} to {NumberFormat.Percent(mbu.Max(p => p.Value))} of the memory's bandwidth (MBU)"
                        : null,
                }.OfType<string>()),
            },
            Subtitle = RunLabels.DescribeRuns([run]),
            X = Axis.ForContexts(mfu.Concat(mbu).Select(point => (double)point.Context)),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("part of the measured ceiling") { Min = 0 },
                    Marks =
                    [
                        new Line("prefill: MFU", ChartColor.Vermilion,
                            [.. mfu.Select(point => new ChartPoint(point.Context, point.Value, NumberFormat.Percent(point.Value)))]),
                        new Line("generation: MBU", ChartColor.Blue,
                            [.. mbu.Select(point => new ChartPoint(point.Context, point.Value, NumberFormat.Percent(point.Value)))],
                            Symbol: Symbol.Square),
                    ],
                },
            ],
            Notes = [
                "MFU = (2·P_active + attention) operations / prefill time / measured f32 peak. MBU = (touched weights + KV cache) / time per token / measured read bandwidth. What comes out above 1 is not shown: such a model is read from the processor's caches, or its kernels do more than the probe's loop."],
            Table = new TextTable([new TextColumn("context"), new TextColumn("MFU, prefill"), new TextColumn("MBU, generation")],
                [.. mfu.Concat(mbu).Select(point => point.Context).Distinct().Order()
                    .Select(context => (IReadOnlyList<string>)[NumberFormat.Tokens(context), FormatCell(mfu, context),
                        FormatCell(mbu, context)])]),
        };
    }

    private static string FormatCell(List<(int Context, double Value)> points, int context) =>
        points.Where(point => point.Context == context).Select(point => NumberFormat.Percent(point.Value)).FirstOrDefault()
            ?? NumberFormat.Absent;

    private static List<(int Context, double Value)> ComputeMedians(IEnumerable<TrialPhase> phases, Func<TrialPhase, double?> of) =>
        [.. phases.Where(phase => of(phase) is not null).GroupBy(phase => phase.ContextTokens).OrderBy(group => group.Key)
            .Select(group => (group.Key, Median([.. group.Select(phase => of(phase)!.Value).Order()])))];

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
