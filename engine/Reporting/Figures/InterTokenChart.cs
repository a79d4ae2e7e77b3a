using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>The time of each output token over the number of tokens before it.</summary>
internal static class InterTokenChart
{
    public static Chart Create(RunReport run)
    {
        var gaps = run.Run.Trials.Where(
            trial => trial.Outcome.IsCompleted && trial.Concurrency == 1 && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .SelectMany(trial => GetTokenGaps(run, trial).Select(gap => (trial.ContextTokens, trial.Number, gap.Depth, gap.Seconds)))
            .ToList();
        var contexts = run.Contexts.Where(context => context is { InterToken: not null, Concurrency: 1 })
            .Select(context => (Context: context.ContextTokens, Times: context.InterToken!,
                Depth: context.ContextTokens + context.OutputTokensAsked / 2.0)).ToList();
        return new Chart
        {
            Title = contexts switch
            {
                [] => "Time per token is not shown: the server did not send its tokens one by one",
                [var only] =>
                    $"One answer token takes {NumberFormat.Duration(only.Times.P50Seconds)} "
                    + $"after {NumberFormat.Context(only.Context)} tokens of context",
                _ => $"One answer token takes {NumberFormat.Duration(contexts[0].Times.P50Seconds)} "
                    + $"after {NumberFormat.Context(contexts[0].Context)} tokens "
                    + $"of context, {NumberFormat.Duration(contexts[^1].Times.P50Seconds)} "
                    + $"after {NumberFormat.Context(contexts[^1].Context)}",
            },
            Subtitle = FigureSubtitle.Create([run])
                + $" · {NumberFormat.Tokens(gaps.Count)} times between tokens · each token reads all keys and values before it",
            X = Axis.ForContexts(gaps.Select(gap => (double)gap.Depth), "context depth, tokens in the KV cache (log2)"),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("time per token, ms (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        new Scatter("one token", ChartColor.Sky,
                            [.. gaps.Select(gap => new ChartPoint(gap.Depth, gap.Seconds * 1e3, $"trial {gap.Number}"))]),
                        new Line("median per context", ChartColor.Blue,
                            [.. contexts.Select(
                                c => new ChartPoint(c.Depth, c.Times.P50Seconds * 1e3, NumberFormat.Duration(c.Times.P50Seconds)))],
                                Symbol: Symbol.Square),
                    ],
                },
            ],
            Notes = [
                .. run.Fits.Select(fit => fit.InterToken).OfType<CurveFit>().Take(1)
                    .Select(fit =>
                        $"Fit: time per token = {FitPhrases.FormatFormula(fit, "context")}.")],
            Table = new TextTable(
                [new TextColumn("context"), new TextColumn("median"), new TextColumn("99th percentile"), new TextColumn("tokens timed")],
                [.. contexts.Select(
                    c => (IReadOnlyList<string>)[NumberFormat.Tokens(c.Context), NumberFormat.Duration(c.Times.P50Seconds),
                        NumberFormat.Duration(c.Times.P99Seconds), NumberFormat.Tokens(c.Times.Gaps)])]),
        };
    }

    // A logarithmic axis has no place for gaps of 0.
    private static IEnumerable<(int Depth, double Seconds)> GetTokenGaps(RunReport run, Trial trial) =>
        run.GetTokenGaps(trial) is { } gaps
            ? gaps.Seconds.Select((seconds, index) => (trial.ContextTokens + index + 1, seconds)).Where(gap => gap.seconds > 0)
            : [];
}
