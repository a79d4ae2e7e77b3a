using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The time that each token took, against the tokens before it.</summary>
internal static class InterTokenChart
{
    public static Chart Create(Run run)
    {
        var gaps = run.Trials.Where(trial => trial.Outcome.IsCompleted && trial.Concurrency == 1 && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .SelectMany(trial => GetTokenGaps(run, trial).Select(gap => (trial.ContextTokens, trial.Number, gap.Depth, gap.Seconds)))
            .ToList();
        var contexts = Runs.Analysis(run).Contexts.Where(context => context is { InterToken: not null, Concurrency: 1 })
            .Select(context => (Context: context.ContextTokens, Times: context.InterToken!,
                Depth: context.ContextTokens + context.OutputTokensAsked / 2.0)).ToList();
        return new Chart
        {
            Title = contexts switch
            {
                [] => "No time between tokens: the marks do not time single tokens",
                [var only] => $"A token takes {NumberFormat.Duration(only.Times.P50Seconds)} at {NumberFormat.Context(only.Context)}",
                _ => $"A token takes {NumberFormat.Duration(contexts[0].Times.P50Seconds)} behind {NumberFormat.Context(contexts[0].Context)} and {NumberFormat.Duration(contexts[^1].Times.P50Seconds)} behind {NumberFormat.Context(contexts[^1].Context)}: each reads all keys and values before it",
            },
            Subtitle = RunLabels.DescribeRuns([run]) + $" · {NumberFormat.Tokens(gaps.Count)} gaps between tokens",
            X = Axis.ForContexts(gaps.Select(gap => (double)gap.Depth), "depth, tokens already in the KV cache (log2)"),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("time per token, ms (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        new Scatter("one token", ChartColor.Sky,
                            [.. gaps.Select(gap => new ChartPoint(gap.Depth, gap.Seconds * 1e3, $"trial {gap.Number}"))]),
                        new Line("median of the context", ChartColor.Blue,
                            [.. contexts.Select(
                                c => new ChartPoint(c.Depth, c.Times.P50Seconds * 1e3, NumberFormat.Duration(c.Times.P50Seconds)))],
                                Symbol: Symbol.Square),
                    ],
                },
            ],
            Notes = [
                .. Runs.Analysis(run).Fits.Select(fit => fit.InterToken).OfType<CurveFit>().Take(1)
                    .Select(fit =>
                        $"Fit: time per token = {string.Join(" + ", fit.Terms.Select(term => term.Name == "1" ? NumberFormat.Duration(term.Seconds) : $"{NumberFormat.Number(term.Seconds * 1e9)} ns · {term.Name}"))}.")],
            Table = new TextTable(
                [new TextColumn("context"), new TextColumn("median"), new TextColumn("99 of 100 below"), new TextColumn("gaps")],
                [.. contexts.Select(
                    c => (IReadOnlyList<string>)[NumberFormat.Tokens(c.Context), NumberFormat.Duration(c.Times.P50Seconds),
                        NumberFormat.Duration(c.Times.P99Seconds), NumberFormat.Tokens(c.Times.Gaps)])]),
        };
    }

    // Only where each chunk holds one token: else the time of a chunk would pass for that of a token.
    private static IEnumerable<(int Depth, double Seconds)> GetTokenGaps(Run run, Trial trial)
    {
        if (!run.Marks.TryGetValue(trial.Number, out var marks))
            return [];
        var chunks = marks.Where(mark => mark.Kind != MarkKind.Prefill).ToList();
        if (chunks.Count < 2 || trial.OutputTokens is { } output && Math.Abs(output - chunks.Count) > 1
            || chunks.Any(mark => mark.Tokens is > 1))
            return [];
        var native = chunks.All(mark => mark.Native is not null);
        double At(StreamMark mark) => native ? mark.Native!.Value.TotalSeconds : mark.Arrived.Seconds;
        return chunks.Zip(chunks.Skip(1)).Select((pair, index) => (trial.ContextTokens + index + 1, At(pair.Second) - At(pair.First)))
            .Where(gap => gap.Item2 > 0);
    }
}
