using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Summary;

/// <summary>The finding of a summary about conversations of several users: what a returning user waits.</summary>
internal static class SessionFindings
{
    /// <summary>The finding; null where nothing was measured.</summary>
    /// <param name="runs">One run a system, as for <see cref="SessionReport"/>; none where there are none.</param>
    public static SummaryFinding? Create(IReadOnlyList<RunReport> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
            return null;
        var report = SessionReport.Create(runs);
        var prefix = runs.Any(run => run.Run.IsSample) ? "Sample data: " : "";
        // The last system is the one that the others are there to compare with: that of the storage tier.
        var level = report.Gains.GroupBy(gain => (gain.Users, gain.System)).MaxBy(same => same.Key.Users)?.Key.Users;
        if (report.Gains.LastOrDefault(gain => gain.Users == level) is not { } last)
            return CreateAlone(report, prefix);
        var gains = report.Gains.Where(gain => gain.Users == level && gain.System == last.System).ToList();
        var main = SessionGain.SelectMain(gains)!;
        return new SummaryFinding(SessionPhrases.FormatKeyNumber(main), prefix + SessionPhrases.FormatGain(main),
            [.. SessionPhrases.Format(report).Where(sentence => sentence != SessionPhrases.FormatGain(main))], [])
        {
            Claim = main.Finding.IsDifference ? SummaryClaim.Difference : SummaryClaim.None,
        };
    }

    /// <summary>What was measured, in one line; null where nothing was.</summary>
    public static string? Describe(IReadOnlyList<RunReport> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
            return null;
        var (manifest, report) = (runs[0].Manifest, SessionReport.Create(runs));
        var users = report.Systems.SelectMany(system => system.Levels).Select(level => level.Users).Distinct().Order()
            .Select(count => NumberFormat.Tokens(count)).ToList();
        var limit = runs.Select(run => run.Manifest.Plan.Cap?.Bytes).Distinct().ToList() is [{ } bytes]
            ? $" with at most {new ByteSize(bytes)} of memory each"
            : "";
        var names = WordFormat.List(report.Systems.Select(system => WordFormat.SingleLine(system.Name, 60)));
        return $"{names}{limit}; {ModelLabel.Create(manifest.Target.Model)}; {WordFormat.List(users)} users, "
            + $"{WordFormat.Count(manifest.Plan.Sessions?.Turns ?? 0, "turn")} each; measured {DateFormat.Day(manifest.StartedUtc)}";
    }

    private static SummaryFinding? CreateAlone(SessionReport report, string prefix) =>
        report.Systems[0].Levels is [.., var level] && level.All.TtftP95 is { } late
            ? new SummaryFinding(NumberFormat.Duration(late.Value), prefix + SessionPhrases.FormatSystem(report.Systems[0]),
                [.. SessionPhrases.Format(report)], [])
            : null;
}
