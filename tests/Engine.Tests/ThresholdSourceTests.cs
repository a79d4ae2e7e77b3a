using System.Text.RegularExpressions;

namespace MemoryWall.Engine.Tests;

/// <summary>
/// Holds that a measured value is judged by <c>ReviewRules</c> alone: the code that judges has no numbers of its own but units, parameters
/// of a method, and the effort of a search.
/// </summary>
public partial class ThresholdSourceTests
{
    private static readonly string[] s_judging =
        ["Analysis", "Audit/Rules", "Audit/Auditing", "Reporting/Phrases", "Reporting/Summary", "Sweeps/Strategies", "Sweeps/Trials"];

    private static readonly string[] s_noThresholds =
    [
        // Units and the resolution of counters.
        "PageBytes", "PagesPerFault", "UnlimitedBytes", "ThrottleBits", "TickSeconds", "MinTicks", "s_maxAge", "MaxStepSeconds",
        "s_lookBack", "s_lookAhead", "BitsPerByte",
        // Parameters of a numerical or statistical method.
        "StepCount", "MaxExtrapolation", "Replicates", "MinShare", "MaxFailedShare", "MinTailGaps",
        // Terms of the forecast of a process's memory, in bytes.
        "ProgramBytes", "KernelBytes", "PageTableDivisor", "ResidentUnusedShare",
        // What the embedded server's cache does, which is simulated.
        "MinKeptTokens", "MinLostShare",
        // The effort of a search, and how a probe waits.
        "GrowthFactor", "KvCellAlignment", "MaxSteps", "MaxRepetitions", "FailuresToGiveUp", "MinWarmups", "MaxWarmups", "s_settleDelay",
        "BurstDuration", "FillOutputTokens",
        // The bounds of a reader, and the unit of a format.
        "MaxLineBytes", "FirstBufferBytes", "MaxFileRequests", "MaxFileBlocks", "BlockTokens", "StepTokens", "Outside",
        // The length of a text.
        "MaxDetailLength", "MaxLength", "MaxNamed", "MaxWarnings", "MaxCaveats", "MaxDetails",
    ];

    [Fact]
    public void CodeThatJudges_HasNoThresholdOfItsOwn()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var engine = Path.Combine(Repository.Root, "engine");
        var numbers = from folder in s_judging
                      from file in Directory.EnumerateFiles(Path.Combine(engine, folder), "*.cs", SearchOption.AllDirectories)
                      where !IsGenerated(file) && Path.GetFileName(Path.GetDirectoryName(file)) != "Rules" || folder == "Audit/Rules"
                      from line in File.ReadLines(file)
                      let found = NumberField().Match(line)
                      where found.Success && !line.Contains("ReviewRules.", StringComparison.Ordinal)
                          && !s_noThresholds.Contains(found.Groups[1].Value)
                      select $"{Path.GetFileName(file)}: {line.Trim()}";

        Assert.Empty(numbers);
    }

    [Theory]
    [InlineData("    private const double MinSpeedup = 5;", true)]
    [InlineData("    private static readonly TimeSpan s_tolerance = TimeSpan.FromMilliseconds(5);", true)]
    [InlineData("        var limit = 5;", false)]
    public void NumberField_AConstant_IsFound(string line, bool isOne) => Assert.Equal(isOne, NumberField().IsMatch(line));

    private static bool IsGenerated(string file) =>
        file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    [GeneratedRegex(@"(?:const|static readonly) (?:double|int|long|float|TimeSpan) (\w+) = ")]
    private static partial Regex NumberField();
}
