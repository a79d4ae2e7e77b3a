using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MemoryWall.Engine.Tests.Reporting.Formats;

/// <summary>
/// Reads the sources of what users see: numbers are formatted in <c>Reporting/Formats</c> and nowhere else, so that a quantity has the same
/// text in terminal, notebook, HTML and verdict.
/// </summary>
public partial class FormatSourceTests
{
    /// <summary>Files that format numbers for programs, each with its reason.</summary>
    private static readonly Dictionary<string, string> s_exceptions = new()
    {
        ["Notebooks/Frames/DataFrameCsv.cs"] = "CSV, with all digits",
    };

    public static TheoryData<string> Projects => ["Reporting", "Cli", "Notebooks", "Dashboard", "Export"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_FormatsNumbersOnlyInReportingFormats(string project)
    {
        var engine = Path.Combine(Repository(), "engine");
        var found = Directory.EnumerateFiles(Path.Combine(engine, project), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(engine, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Where(path => !path.StartsWith("Reporting/Formats/", StringComparison.Ordinal) && !s_exceptions.ContainsKey(path))
            .SelectMany(path => FindFormats(File.ReadAllText(Path.Combine(engine, path))).Select(text => $"{path}: {text}"));

        Assert.Empty(found);
    }

    [Fact]
    public void Exceptions_AreStillNeeded() => Assert.All(s_exceptions.Keys,
        path => Assert.NotEmpty(FindFormats(File.ReadAllText(Path.Combine(Repository(), "engine", path)))));

    [Theory]
    [InlineData("value.ToString(\"0.0\", culture)")]
    [InlineData("(1000 * value).ToString(isLarge ? \"#,0\" : \"0.00\", culture)")]
    [InlineData("$\"{value:0.#%} of it\"")]
    [InlineData("$\"{1000 / rate:#,0.0}\"")]
    [InlineData("$\"{value:N0}\"")]
    public void FindFormats_AFormat_IsFound(string source) => Assert.NotEmpty(FindFormats(source));

    [Theory]
    [InlineData("phase.ToString().ToLowerInvariant()")]
    [InlineData("$\"{(isOn ? \"on\" : \"off\")}: {count} of {all}\"")]
    [InlineData("// A comment: {value} is said: {other}.")]
    public void FindFormats_OtherText_IsNot(string source) => Assert.Empty(FindFormats(source));

    private static IEnumerable<string> FindFormats(string source) =>
        FormatCall().Matches(source).Concat(FormatHole().Matches(source)).Select(match => match.Value);

    // ToString with a format that contains a digit's place or a standard format of numbers.
    [GeneratedRegex(@"\.ToString\([^;)]*?\x22(?:[^\x22]*[#0][^\x22]*|[CDEFGNPRX]\d{0,2})\x22")]
    private static partial Regex FormatCall();

    // A hole of an interpolated string with such a format after its colon.
    [GeneratedRegex(@"\{[^{}\x22\n]*[^{}\x22\n:? ]:(?:[+\-]?[#0][^{}\x22\n]*|[CDEFGNPRX]\d{0,2})\}")]
    private static partial Regex FormatHole();

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", ".."));
}
