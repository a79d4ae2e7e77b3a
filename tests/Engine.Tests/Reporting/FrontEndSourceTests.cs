using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MemoryWall.Engine.Tests.Reporting;

/// <summary>Reads the sources of what stands on a report: front ends, figures, schedules that choose trials by what was measured, and
/// the audit.
/// What they know of a run comes from its report, and from nothing below it.</summary>
public partial class FrontEndSourceTests
{
    /// <summary>Files that follow a running sweep, which has no report yet, cells that show single trials, and the audit of files that are
    /// no runs, whose thresholds are the audit's own.</summary>
    private static readonly string[] s_exceptions =
    [
        "Cli/Views/ConsoleSweepObserver.cs", "Cli/Views/SweepProgress.cs", "Cli/Views/TrialLogLine.cs",
        "Notebooks/Formatters.cs", "Audit/Auditing/Auditor.cs",
    ];

    public static TheoryData<string> Projects => ["Cli", "Notebooks", "Sweeps/Strategies", "Audit", "Dashboard", "Export"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void FrontEnd_TakesReports_AndNothingBelowThem(string project)
    {
        var engine = Path.Combine(Repository(), "engine");
        var found = Directory.EnumerateFiles(Path.Combine(engine, project), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(engine, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !s_exceptions.Contains(path))
            .SelectMany(path => FindParts(File.ReadAllText(Path.Combine(engine, path))).Select(part => $"{path}: {part}"));

        Assert.Empty(found);
    }

    /// <summary>A median of a run is the report's; schedules and the audit take medians of what no report has.</summary>
    [Theory]
    [InlineData("Cli")]
    [InlineData("Notebooks")]
    public void FrontEnd_TakesNoMediansItself(string project) => Assert.DoesNotContain(
        Directory.EnumerateFiles(Path.Combine(Repository(), "engine", project), "*.cs", SearchOption.AllDirectories),
        path => File.ReadAllText(path).Contains("Quantiles.", StringComparison.Ordinal));

    [Fact]
    public void Exceptions_AreStillNeeded() => Assert.All(s_exceptions,
        path => Assert.NotEmpty(FindParts(File.ReadAllText(Path.Combine(Repository(), "engine", path)))));

    [Theory]
    [InlineData("var views = TrialReview.Review(trials);")]
    [InlineData("var edge = WallEdge.Find(regimes, rules);")]
    [InlineData("var limit = ReviewRules.Default.Trials.MaxQueue;")]
    public void FindParts_APartOfAReport_IsFound(string source) => Assert.NotEmpty(FindParts(source));

    private static IEnumerable<string> FindParts(string source) => BelowAReport().Matches(source).Select(match => match.Value);

    [GeneratedRegex(@"\b(StreamMark|RatioEstimator|TokenGaps|new PhaseCurves|PhaseWindow\.FromTrial|PhaseTelemetry|TrialTelemetry"
        + @"|CrossoverInterval|Utilization\.\w*Flops|Roofline\.Compute|TimelineLookup"
        + @"|RegimeClassifier|RunSeries|TrialReview|PhaseCrossing|WallEdge|ReviewRules\.Default|CurveFit\.Fit"
        + @"|(TrialView|WallReport|LevelFits)\.(Create|Fit)"
        + @"|ContextSummary\.Summarize|PrefillCurve\.Rate\w+"
        + @"|(Crossover|Goodput|MethodAgreement|ResumeGain|RateChange)\.Compute)\b")]
    private static partial Regex BelowAReport();

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
