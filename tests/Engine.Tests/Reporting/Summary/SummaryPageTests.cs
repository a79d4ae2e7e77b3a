using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Primitives;
using MemoryWall.Engine.Tests.Analysis.Sessions;
using MemoryWall.Engine.Tests.Export;
using MemoryWall.Reporting.Summary;

namespace MemoryWall.Engine.Tests.Reporting.Summary;

/// <summary>The picture on the first sheet.</summary>
public class SummaryPageTests
{
    [Fact]
    public void Picture_OneRunInMemory_SaysUpToWhereNoWallWasFound()
    {
        var page = SummaryPage.Create(RunReport.Create(ExportSamples.Read("context-sweep").Single()), [], []);
        Assert.Equal("No memory wall up to 16k tokens", page.Picture!.Title);
        Assert.Single(page.Picture.Panels);
    }

    [Fact]
    public void Picture_OneRunThatMetItsWall_ShowsIt() => Assert.Contains("wall",
        SummaryPage.Create(RunReport.Create(ExportSamples.Read("wall-no-swap").Single()), [], []).Picture!.Panels[0].ReferenceLines
            .Select(line => line.Label).Aggregate("", string.Concat), StringComparison.Ordinal);

    [Fact]
    public void Render_NameThatSteersText_IsText()
    {
        var page = SummaryPage.Create(RunReport.Create(ExportSamples.Read("context-sweep").Single()), [], []);
        var html = SummaryPageHtml.Render(page, "<b>\u202E\u0007", null);
        Assert.Contains("Prepared for &lt;b&gt;  <", html, StringComparison.Ordinal);
        Assert.DoesNotContain(html, letter => letter != '\n' && SafeText.IsUnsafe(letter));
    }

    [Fact]
    public void Create_WithConversations_TheirFindingIsTheLastWithItsInterval()
    {
        RunReport System(string name, double ttft) => SessionSamples.Report(name, 3,
            SessionSamples.Level(8, 3, (user, turn) => turn == 1 ? 1 : ttft + 0.001 * user, isLoaded: name == "tier"));
        var sweep = RunReport.Create(ExportSamples.Read("context-sweep").Single());
        var page = SummaryPage.Create(sweep, [], [], [System("recompute", 3), System("ram", 2.9), System("tier", 0.25)]);

        var finding = page.Findings[^1];
        Assert.Equal(SummaryPage.Create(sweep, [], []).Findings.Count + 1, page.Findings.Count);
        // The last system is compared with the one that computes everything again.
        Assert.StartsWith("With 8 users at 3,072 tokens a returning turn waits", finding.Headline, StringComparison.Ordinal);
        Assert.Contains("with tier instead of", finding.Headline, StringComparison.Ordinal);
        Assert.Matches(@"times as soon \(.+ – .+\)\.$", finding.Headline);
        Assert.Matches("^1[0-9](\\.[0-9])?× as soon$", finding.KeyNumber);
        Assert.StartsWith("recompute, ram and tier", page.Facts.Single(fact => fact.Name == "conversations").Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ConversationsThatLose_SayItAsPlainly()
    {
        RunReport System(string name, double ttft) => SessionSamples.Report(name, 3,
            SessionSamples.Level(8, 3, (user, turn) => turn == 1 ? 1 : ttft + 0.001 * user, isLoaded: name == "tier"));
        var finding = SessionFindings.Create([System("recompute", 0.5), System("tier", 2)])!;

        Assert.EndsWith("× as long", finding.KeyNumber, StringComparison.Ordinal);
        Assert.Contains("times as long (", finding.Headline, StringComparison.Ordinal);
        Assert.Null(SessionFindings.Create([]));
    }
}
