using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Summary;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Reporting.Summary;

/// <summary>No headline says more than the runs support, and each names its doubts.</summary>
public class SummaryFindingsTests
{
    private const int Runs = 1000;

    [LongFact]
    public void GeneratedRuns_NoHeadlineWithoutItsSupport()
    {
        var claims = new Dictionary<SummaryClaim, int>();
        var (few, disturbed) = (0, 0);
        for (var seed = 0; seed < Runs; seed++)
        {
            var (sweep, systems) = new GeneratedRuns(seed).Create();
            foreach (var finding in SummaryFindings.Create(sweep, systems))
            {
                AssertSupported(finding, seed);
                AssertDoubtsAreNamed(finding, sweep, systems, seed);
                claims[finding.Claim] = claims.GetValueOrDefault(finding.Claim) + 1;
                few += finding.Headline.Contains("one trial", StringComparison.Ordinal) ? 1 : 0;
                disturbed += finding.Headline.Contains("disturbed by other programs", StringComparison.Ordinal) ? 1 : 0;
            }
        }
        // Each kind of claim and of doubt occurs, so that the rules were put to the test.
        foreach (var claim in new[] { SummaryClaim.None, SummaryClaim.Dominance, SummaryClaim.RateChange, SummaryClaim.Survival })
            Assert.True(claims.GetValueOrDefault(claim) > 20, $"{claim}: {claims.GetValueOrDefault(claim)}");
        Assert.True(few > 100 && disturbed > 100, $"{few} with one trial, {disturbed} disturbed");
    }

    private static void AssertSupported(SummaryFinding finding, int seed)
    {
        var (text, because) = (finding.Headline, $"seed {seed}: {finding.KeyNumber}: {finding.Headline}");
        void Claims(string words, bool isSupported) =>
            Assert.True(isSupported || !text.Contains(words, StringComparison.OrdinalIgnoreCase), $"'{words}' without support, {because}");
        var change = finding.Support.OfType<RateChangeVerdict>().FirstOrDefault();
        var dominance = finding.Support.OfType<DominanceVerdict>().FirstOrDefault();
        var phases = dominance?.Contexts.Select(context => context.Dominant).Distinct().ToList() ?? [];
        var gains = finding.Support.OfType<SystemGainVerdict>().ToList();
        Claims("the slower the answer", change is { Finding: { Verdict: RatioVerdict.Lower, MissingPairs: 0 }, Phase: Phase.Generation });
        Claims("the faster the answer", change is { Finding: { Verdict: RatioVerdict.Higher, MissingPairs: 0 } });
        Claims("reading them takes longer than answering", dominance?.Contexts[^1].Dominant == DominantPhase.Prefill);
        Claims("most of the time at every measured length", phases is [not DominantPhase.Neither]);
        Claims("memory wall", finding.Support.OfType<WallVerdict>().Any(wall => wall.BeyondTokens is not null && wall.Trials.Count > 0));
        Claims("no wall", finding.Support.OfType<WallVerdict>().Any(wall => wall.Position == WallPosition.NotReached));
        Claims("still generates", gains.Any(gain => gain.Conclusion == GainKind.Alone));
        Claims("times slower", finding.Support.OfType<WallVerdict>().Any(wall => wall.Beyond?.Comparison?.IsDifference == true));
        if (finding.KeyNumber.Contains('→', StringComparison.Ordinal))
            Assert.True(finding.Claim switch
            {
                SummaryClaim.RateChange => change is { Finding: { IsDifference: true, MissingPairs: 0 } },
                SummaryClaim.Dominance => phases.Count > 1,
                SummaryClaim.Survival => gains.Any(gain => gain.Conclusion == GainKind.Alone),
                SummaryClaim.Difference => gains.Any(gain => gain.Conclusion is GainKind.Faster or GainKind.Slower
                    && gain.Contexts.All(context => context.Finding is { IsDifference: true, MissingPairs: 0 })),
                _ => false,
            }, because);
    }

    private static void AssertDoubtsAreNamed(SummaryFinding finding, RunReport sweep, IReadOnlyList<RunReport> systems, int seed)
    {
        var because = $"seed {seed}: {finding.Headline}";
        Assert.Contains("nano", finding.Headline, StringComparison.Ordinal);
        Assert.All(finding.Doubts, doubt => Assert.Contains(doubt, finding.Headline, StringComparison.Ordinal));
        // What rests on the sweep names its trials; the memory finding of systems rests on all of them.
        var runs = finding.Trials.Count > 0 ? [sweep] : systems;
        var views = runs.SelectMany(run => run.Trials).Where(view => finding.Trials.Count == 0
            || finding.Trials.Contains(view.Trial.Number)).ToList();
        var repetitions = runs.Min(run => run.Manifest.Plan.Repetitions);
        if (repetitions == 1)
            Assert.True(finding.Headline.Contains("one trial", StringComparison.Ordinal), because);
        else if (repetitions < 5)
            Assert.Contains(finding.Doubts, doubt => doubt.Contains("trial", StringComparison.Ordinal));
        // Headlines compare some contexts only: where every trial of these runs is disturbed, they must say so.
        if (views.All(view => view.Has<Interference>()))
            Assert.True(finding.Headline.Contains("disturbed by other programs", StringComparison.Ordinal), because);
    }
}
