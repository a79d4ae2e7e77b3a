using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Tests.Figures;

public class WallChartTests
{
    [Fact]
    public void MemoryWall_KilledRun_SaysWhereItDiesAndDrawsACross()
    {
        var figure = Figure.MemoryWall(Sample.Killed());
        Assert.Contains("works up to 8k", figure.Title, StringComparison.Ordinal);
        Assert.Contains("dies at 16k (out of memory)", figure.Title, StringComparison.Ordinal);
        var cross = Assert.Single(figure.Chart.Panels[0].Marks.OfType<Scatter>());
        Assert.Equal(Symbol.Cross, cross.Symbol);
        Assert.Equal(16_384, Assert.Single(cross.Points).X);
        Assert.Contains("the cgroup counted 1 kill", figure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_KilledRun_HasTheForecastAndTheMeasuredWall()
    {
        var rules = Figure.MemoryWall(Sample.Killed()).Chart.Panels[0].Rules;
        // 300 MiB less buffers, at 16 KiB a token; mapped weights can be dropped, and no swap holds the rest.
        var forecast = Assert.Single(rules, rule => rule.Label.StartsWith("wall forecast", StringComparison.Ordinal));
        Assert.InRange(forecast.At, 15_000, 19_200);
        var hit = Assert.Single(rules, rule => rule.Label.StartsWith("wall hit", StringComparison.Ordinal));
        Assert.InRange(hit.At, 8192, 16_384);
    }

    [Fact]
    public void MemoryWall_ThrashingRun_SaysByWhatFactorItCollapses()
    {
        var title = Figure.MemoryWall(Sample.Thrashing()).Title;
        // (8192 + 65) / 9.192 s = 898 t/s; (16384 + 65) / 679 s = 24.2 t/s.
        Assert.Contains("collapses 37 times past 8k, from 898 t/s to 24.2 t/s", title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_StandardAndManaged_SaysWhoLives()
    {
        var title = Figure.MemoryWall(Sample.Killed(), Sample.Managed()).Title;
        Assert.Contains("Standard", title, StringComparison.Ordinal);
        Assert.Contains("managed", title, StringComparison.Ordinal);
        Assert.Contains("still gives 433 t/s at 16k", title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_NoFailure_SaysThatThereIsNone() => Assert.StartsWith("No wall up to 16k", Figure.MemoryWall(Sample.Managed()).Title, StringComparison.Ordinal);

    [Fact]
    public void MemoryWall_StoppedByTheUser_IsNoWall()
    {
        var run = Sample.Run([Sample.Trial(1, 4096, 4, 1), Sample.Failed(2, 8192, new Cancelled())]);
        Assert.StartsWith("No wall up to", Figure.MemoryWall(run).Title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_FailsFromTheStart_SaysSo() =>
        Assert.Contains("fails at 4k, its smallest context (out of memory)", Figure.MemoryWall(Sample.Run([Sample.Failed(1, 4096, new OutOfMemory("signal 9"))])).Title, StringComparison.Ordinal);
}
