using System.IO.Compression;
using System.Text.RegularExpressions;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs;

namespace MemoryWall.Cli.Tests;

/// <summary>Foreign runs with hostile texts, in every command that shows or hands over a run, and in a page of a
/// notebook.</summary>
public sealed partial class HostileRunTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private string Add(string sample) => HostileRun.Copy(Directory.GetDirectories(SampleRuns.Find(sample)!).Single(), _runs.Path);

    public static TheoryData<string[]> Commands => new(
        new[] { "runs", "list" }, ["runs", "list", "--json"], ["runs", "show", "ID"], ["runs", "show", "ID", "--json"], ["audit", "PATH"],
        ["runs", "export", "ID"], ["export", "ID", "--to", "pptx", "--output", "OUT.pptx"],
        ["export", "ID", "--to", "xlsx", "--output", "OUT.xlsx"]);

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_HostileTexts_NeitherSteerNorCompute(string[] arguments)
    {
        var id = Add("context-sweep");
        var output = Path.Combine(_runs.Path, "out");
        var line = arguments.Select(argument => argument.Replace("ID", id, StringComparison.Ordinal)
            .Replace("PATH", Path.Combine(_runs.Path, id), StringComparison.Ordinal)
            .Replace("OUT", output, StringComparison.Ordinal));
        string[] options = arguments[0] == "audit" ? [] : ["--runs", _runs.Path];

        using var memwall = await Memwall.RunAsync([.. line, .. options]);

        Assert.True(memwall.ExitCode is 0, memwall.Error);
        AssertClean(memwall.Output);
        AssertClean(memwall.Error);
        foreach (var file in Directory.GetFiles(_runs.Path, "out.*"))
        {
            foreach (var part in ReadTexts(file))
            {
                AssertClean(part);
                Assert.DoesNotContain("<script>alert", part, StringComparison.Ordinal);
                Assert.DoesNotContain("<f>", part, StringComparison.Ordinal);
            }
        }
        if (arguments is ["runs", "export", ..])
            Assert.DoesNotContain(memwall.Output.Split([',', '\n']),
                cell => cell.TrimStart('"').StartsWith("=cmd", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("context-sweep")]
    [InlineData("findings")]
    public async Task Page_HostileTexts_AreText(string notebook)
    {
        var id = Add("context-sweep");
        var page = Path.Combine(_runs.Path, "page", "index.html");

        using var report = await Memwall.RunAsync("report", notebook, "--run", id, "--runs", _runs.Path, "--output", page);

        Assert.True(report.ExitCode == 0, report.Error);
        AssertClean(report.Error);
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        // The library of the figures has an escape in its own code.
        AssertClean(Library().Replace(html, ""));
        Assert.DoesNotContain("<script>alert", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href=\"javascript:", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("This part could not be made", html, StringComparison.Ordinal);
        Assert.Contains("alert(1)", html, StringComparison.Ordinal);
    }

    private static IEnumerable<string> ReadTexts(string file)
    {
        using var archive = ZipFile.OpenRead(file);
        foreach (var entry in archive.Entries.Where(entry => Path.GetExtension(entry.Name) is ".xml" or ".svg" or ".rels"))
        {
            using var reader = new StreamReader(entry.Open());
            yield return reader.ReadToEnd();
        }
    }

    [GeneratedRegex("<script>if\\(!window.Plotly\\).*?</script>", RegexOptions.Singleline)]
    private static partial Regex Library();

    private static void AssertClean(string text)
    {
        var at = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (text[at] is not ('\n' or '\r' or '\t') && SafeText.IsUnsafe(text[at]))
                Assert.Fail($"U+{(int)text[at]:X4} after '{SafeText.ToSingleLine(text[Math.Max(0, at - 120)..at])}'");
        }
    }
}
