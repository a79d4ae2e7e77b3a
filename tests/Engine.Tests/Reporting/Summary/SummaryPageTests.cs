using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Primitives;
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
}
