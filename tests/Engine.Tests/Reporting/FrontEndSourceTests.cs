using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MemoryWall.Engine.Tests.Reporting;

/// <summary>Reads the sources of the front ends: what they show of a stored run comes from its report, and from nothing below it.</summary>
public partial class FrontEndSourceTests
{
    /// <summary>Files that follow a running sweep, which has no report yet, and cells that show single trials.</summary>
    private static readonly string[] s_exceptions =
    [
        "Cli/Views/ConsoleSweepObserver.cs", "Cli/Views/SweepProgress.cs", "Cli/Views/TrialLogLine.cs",
        "Notebooks/Live/LiveSweepObserver.cs", "Notebooks/Formatters.cs",
    ];

    public static TheoryData<string> Projects => ["Cli", "Notebooks"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void FrontEnd_TakesReports_AndNothingBelowThem(string project)
    {
        var engine = Path.Combine(Repository(), "engine");
        var found = Directory.EnumerateFiles(Path.Combine(engine, project), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(engine, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !s_exceptions.Contains(path))
            .SelectMany(path => BelowAReport().Matches(File.ReadAllText(Path.Combine(engine, path)))
                .Select(match => $"{path}: {match.Value}"));

        Assert.Empty(found);
    }

    [Fact]
    public void Exceptions_AreStillNeeded() => Assert.All(s_exceptions,
        path => Assert.Matches(BelowAReport(), File.ReadAllText(Path.Combine(Repository(), "engine", path))));

    [GeneratedRegex(@"\b(StreamMark|Quantiles|RatioEstimator|TokenGaps|PhaseCurves|PhaseWindow|PhaseTelemetry|TrialTelemetry"
        + @"|RegimeClassifier|RunSeries|TrialReview|CurveFit|(TrialView|WallReport|LevelFits)\.(Create|Fit)"
        + @"|ContextSummary\.Summarize|PrefillCurve\.Rate\w+"
        + @"|(Crossover|Goodput|MethodAgreement|ResumeGain|RateChange)\.Compute)\b")]
    private static partial Regex BelowAReport();

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
