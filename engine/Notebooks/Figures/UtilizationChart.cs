using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>MFU of prefill and MBU of generation over context.</summary>
internal static class UtilizationChart
{
    public static Chart Of(Run run)
    {
        var phases = Runs.Analysis(run).Phases;
        var completed = run.Trials.Where(trial => trial.Outcome.IsCompleted).Select(trial => trial.Number).ToHashSet();
        var mfu = Medians(phases.Where(phase => completed.Contains(phase.Trial)), phase => phase.Mfu);
        var mbu = Medians(phases.Where(phase => completed.Contains(phase.Trial)), phase => phase.Mbu);
        return new Chart
        {
            Title = (mfu.Count, mbu.Count) switch
            {
                (0, 0) => "MFU and MBU are not known: no ceilings that hold, no shape, or a server whose processes were not watched",
                _ => string.Join("; ", new[]
                {
                    mfu.Count > 0 ? $"Prefill uses {Say.Percent(mfu.Min(p => p.Value))} to {Say.Percent(mfu.Max(p => p.Value))} of the arithmetic (MFU)" : null,
                    mbu.Count > 0 ? $"generation {Say.Percent(mbu.Min(p => p.Value))} to {Say.Percent(mbu.Max(p => p.Value))} of the memory's bandwidth (MBU)" : null,
                }.OfType<string>()),
            },
            Subtitle = RunLabels.Origin([run]),
            X = Axis.Context(mfu.Concat(mbu).Select(point => (double)point.Context)),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("part of the measured ceiling") { Min = 0 },
                    Marks =
                    [
                        new Line("prefill: MFU", Ink.Vermilion, [.. mfu.Select(point => new ChartPoint(point.Context, point.Value, Say.Percent(point.Value)))]),
                        new Line("generation: MBU", Ink.Blue, [.. mbu.Select(point => new ChartPoint(point.Context, point.Value, Say.Percent(point.Value)))], Symbol: Symbol.Square),
                    ],
                },
            ],
            Notes = ["MFU = (2·P_active + attention) operations / prefill time / measured f32 peak. MBU = (touched weights + KV cache) / time per token / measured read bandwidth. What comes out above 1 is not shown: such a model is read from the processor's caches, or its kernels do more than the probe's loop."],
            Table = new TextTable([new TextColumn("context"), new TextColumn("MFU, prefill"), new TextColumn("MBU, generation")],
                [.. mfu.Concat(mbu).Select(point => point.Context).Distinct().Order().Select(context => (IReadOnlyList<string>)[Say.Tokens(context), Cell(mfu, context), Cell(mbu, context)])]),
        };
    }

    private static string Cell(List<(int Context, double Value)> points, int context) => points.Where(point => point.Context == context).Select(point => Say.Percent(point.Value)).FirstOrDefault() ?? Say.Absent;

    private static List<(int Context, double Value)> Medians(IEnumerable<TrialPhase> phases, Func<TrialPhase, double?> of) =>
        [.. phases.Where(phase => of(phase) is not null).GroupBy(phase => phase.ContextTokens).OrderBy(group => group.Key)
            .Select(group => (group.Key, Middle([.. group.Select(phase => of(phase)!.Value).Order()])))];

    private static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
