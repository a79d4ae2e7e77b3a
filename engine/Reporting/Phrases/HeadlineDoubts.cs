using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The reasons to doubt a headline, in a few words each: few repetitions, disturbed trials, other doubts.</summary>
internal static class HeadlineDoubts
{
    /// <summary>The doubts about a headline that rests on these trials.</summary>
    /// <param name="evidence">The trials of each run, by the points that the headline compares.</param>
    public static IReadOnlyList<string> Describe(IReadOnlyList<HeadlinePoint> evidence)
    {
        if (evidence.Count == 0)
            return [];
        var views = evidence.SelectMany(point => point.Trials.Select(number => (point.Run, Number: number))).Distinct()
            .Select(entry => entry.Run.TrialsByNumber.GetValueOrDefault(entry.Number)).OfType<TrialView>().ToList();
        var leftOut = evidence.SelectMany(point => point.LeftOut.Select(number => (point.Run, number))).Distinct().Count();
        return [.. new[] { FewTrials(evidence), Disturbed(views), LeftOut(leftOut, views.Count) }.OfType<string>(), .. Others(views)];
    }

    private static string? FewTrials(IReadOnlyList<HeadlinePoint> evidence)
    {
        var fewest = evidence.Min(point => point.Trials.Count);
        if (fewest >= evidence[0].Run.Rules.Comparison.MinPairs)
            return null;
        var isEqual = evidence.All(point => point.Trials.Count == fewest);
        return (fewest, isEqual) switch
        {
            (0, _) => "no completed trial of one side",
            (1, _) => evidence.Count == 1 ? "one trial" : isEqual ? "one trial each" : "only one trial of one side",
            (_, true) => $"{NumberFormat.Tokens(fewest)} trials{(evidence.Count == 1 ? "" : " each")}",
            _ => $"{NumberFormat.Tokens(fewest)} trials or more",
        };
    }

    private static string? Disturbed(List<TrialView> views)
    {
        var disturbed = views.Select(view => view.Doubts.OfType<Interference>().FirstOrDefault()).OfType<Interference>().ToList();
        if (disturbed.Count == 0)
            return null;
        var readings = disturbed.SelectMany(doubt => doubt.Phases).SelectMany(phase => phase.Readings).ToList();
        double? Share(EvidenceQuantity quantity) =>
            readings.Where(reading => reading.Quantity == quantity).Select(reading => (double?)reading.Value).Max();
        var cause = (Share(EvidenceQuantity.OtherPrograms), Share(EvidenceQuantity.Steal)) switch
        {
            ({ } others, _) => $"by other programs, {NumberFormat.Percent(others)} of the CPU",
            (_, { } steal) => $"by the hypervisor, {NumberFormat.Percent(steal)} of the CPU",
            _ => "by other work or throttling",
        };
        return $"{CountOf(disturbed.Count, views.Count)} disturbed {cause}";
    }

    private static string? LeftOut(int disturbed, int others) => disturbed == 0
        ? null
        : $"{CountOf(disturbed, disturbed + others)} disturbed and left out";

    // Doubts that do not exclude a trial from the numbers.
    private static IEnumerable<string> Others(List<TrialView> views) =>
        views.SelectMany(view => view.Doubts.Where(doubt => doubt is not Interference).DistinctBy(doubt => doubt.Kind))
            .GroupBy(doubt => doubt.Kind)
            .Select(same => $"{CountOf(same.Count(), views.Count)} doubted: {DoubtPhrases.Label(same.First())}");

    private static string CountOf(int some, int all) => (some, all) switch
    {
        (1, 1) => "the trial",
        _ when some == all => all == 2 ? "both trials" : $"all {NumberFormat.Tokens(all)} trials",
        _ => $"{NumberFormat.Tokens(some)} of {NumberFormat.Tokens(all)} trials",
    };
}

/// <summary>The trials behind one number of a headline.</summary>
/// <param name="Run">Their run.</param>
/// <param name="Trials">Their numbers.</param>
internal sealed record HeadlinePoint(RunReport Run, IReadOnlyList<int> Trials)
{
    /// <summary>Disturbed trials that the number leaves out, because enough undisturbed ones remain.</summary>
    public IReadOnlyList<int> LeftOut { get; init; } = [];

    /// <summary>The trials behind a metric.</summary>
    public static HeadlinePoint From(RunReport run, MetricSummary metric) => new(run, metric.Trials)
    {
        LeftOut = metric.LeavesOutDisturbed ? metric.Disturbed : [],
    };
}
