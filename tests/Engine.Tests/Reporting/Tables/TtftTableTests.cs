using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Reporting.Figures;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Engine.Tests.Reporting.Tables;

public sealed class TtftTableTests
{
    private static readonly Trial s_told = AnalysisSamples.Server(1, 2048, 1, 2) with
    {
        Client = AnalysisSamples.Server(1, 2048, 1, 2).Client with
        {
            TimeToFirstToken = TimeSpan.FromSeconds(1.25),
            TimeToRequestSent = TimeSpan.FromSeconds(0.02),
        },
        Server = new ServerTimings
        {
            Queue = TimeSpan.FromSeconds(0.01),
            Tokenization = TimeSpan.FromSeconds(0.1),
            Prefill = TimeSpan.FromSeconds(1),
            FirstToken = TimeSpan.FromSeconds(0.02),
            Generation = TimeSpan.FromSeconds(2),
        },
    };

    [Fact]
    public void Create_StepsThatAreTold_HasThemAndTheRest()
    {
        var table = TtftTable.Create(AnalysisSamples.Report([s_told]).Contexts)!;
        Assert.Equal(["context", "TTFT", "sending", "queue", "tokenization", "orchestration", "prefill", "first token"],
            table.Columns.Select(column => column.Header));
        Assert.Equal(["2,048", "1.25 s", "20.0 ms", "10.0 ms", "100 ms", "100 ms", "1.00 s", "20.0 ms"], Assert.Single(table.Rows));
    }

    // As in runs of earlier versions, and as most servers report.
    [Fact]
    public void Create_StepsThatAreNotReported_AreDashesAndPartOfTheRest()
    {
        var contexts = AnalysisSamples.Report([AnalysisSamples.Server(1, 2048, 1, 2)]).Contexts;
        Assert.Equal(["2,048", "1.13 s", "–", "–", "–", "125 ms", "1.00 s", "–"], Assert.Single(TtftTable.Create(contexts)!.Rows));
        Assert.Contains("Orchestration is TTFT less all others", TtftTable.DescribeColumns(contexts), StringComparison.Ordinal);
        Assert.Null(TtftTable.Create(AnalysisSamples.Report([AnalysisSamples.Client()]).Contexts));
    }

    [Fact]
    public void DescribeColumns_ClocksThatRounded_SaysSo()
    {
        var early = s_told with { Client = s_told.Client with { TimeToFirstToken = TimeSpan.FromSeconds(1.148) } };
        Assert.Contains("the reported steps were longer than TTFT by up to 2.00 ms",
            TtftTable.DescribeColumns(AnalysisSamples.Report([early]).Contexts), StringComparison.Ordinal);
    }

    [Fact]
    public void Chart_Steps_StackToTheWholeOfTtft()
    {
        var chart = TtftStepsChart.Create(AnalysisSamples.Report([s_told]));
        Assert.Equal("Tokenization and orchestration take 16% of TTFT at 2k", chart.Title);
        var bars = chart.Panels[0].Marks.Cast<MemoryWall.Charts.Bars>().Select(bar => Assert.Single(bar.Ranges)).ToList();
        Assert.Equal((0, 1), (bars[0].Low, Math.Round(bars[^1].High, 9)));
        Assert.All(bars.Zip(bars.Skip(1)), pair => Assert.Equal(pair.First.High, pair.Second.Low));
        Assert.Equal("Orchestration (TTFT less what the server reports) takes 11% of TTFT at 2k",
            TtftStepsChart.Create(AnalysisSamples.Report([AnalysisSamples.Server(1, 2048, 1, 2)])).Title);
        Assert.False(TtftStepsChart.Create(AnalysisSamples.Report([AnalysisSamples.Client()])).HasMarks);
    }
}
