using MemoryWall.Charts;
using MemoryWall.Core.Trials;

namespace MemoryWall.Notebooks.Tests.Figures;

public class WallChartTests
{
    [Fact]
    public void MemoryWall_KilledRun_SaysWhereItFailsAndDrawsACross()
    {
        var figure = Figure.MemoryWall(Sample.Killed());
        Assert.Equal("The system works up to 8k (64.0 t/s) and runs out of memory at 16k", figure.Title);
        var cross = Assert.Single(figure.Chart.Panels[0].Marks.OfType<Scatter>());
        Assert.Equal(Symbol.Cross, cross.Symbol);
        Assert.Equal(16_384, Assert.Single(cross.Points).X);
        Assert.Contains("the cgroup counted 1 kill", figure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_KilledRun_HasTheForecastAndTheMeasuredWall()
    {
        var rules = Figure.MemoryWall(Sample.Killed()).Chart.Panels[0].ReferenceLines;
        // 300 MiB minus 100 MiB of weights, 34 MiB of the program and some buffers, at 17 KiB per token, and the server's own notes per
        // token.
        var forecast = Assert.Single(rules, rule => rule.Label.StartsWith("forecast for 300 MiB", StringComparison.Ordinal));
        Assert.InRange(forecast.Value, 8600, 9200);
        var hit = Assert.Single(rules, rule => rule.Label.StartsWith("wall: 8k to 16k", StringComparison.Ordinal));
        Assert.InRange(hit.Value, 8192, 16_384);
    }

    [Fact]
    public void MemoryWall_ThrashingRun_SaysByWhatFactorItCollapses()
    {
        // 64 tokens in 1 s, and in 79 s. One repetition shows both rates and no factor.
        var run = Sample.Thrashing();
        Assert.Equal("The system works up to 8k (64.0 t/s) and is thrashing at 16k (0.810 t/s)", Figure.MemoryWall(run).Title);
        var repeated = run with
        {
            Trials = [.. Enumerable.Range(0, 5).SelectMany(r => run.Trials.Select(
                trial => trial with { Number = r * run.Trials.Count + trial.Number, Repetition = r + 1 }))],
        };
        Assert.Equal("The system becomes 79.0 times slower between 8k and 16k, from 64.0 t/s to 0.810 t/s (thrashing)",
            Figure.MemoryWall(repeated).Title);
    }

    [Fact]
    public void MemoryWall_StandardAndManaged_SaysWhichCompletes()
    {
        var title = Figure.MemoryWall(Sample.Killed(), Sample.Managed()).Title;
        Assert.StartsWith("Standard", title, StringComparison.Ordinal);
        Assert.Contains("runs out of memory at 16k; managed", title, StringComparison.Ordinal);
        Assert.Contains("still answers at 8.00 t/s after 16k tokens", title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_NoFailure_SaysThatThereIsNone() =>
        Assert.StartsWith("No memory wall up to 16k tokens", Figure.MemoryWall(Sample.Managed()).Title, StringComparison.Ordinal);

    [Fact]
    public void MemoryWall_StoppedByTheUser_IsNoWall()
    {
        var run = Sample.Run([Sample.Trial(1, 4096, 4, 1), Sample.Failed(2, 8192, new Cancelled())]);
        Assert.StartsWith("No memory wall up to", Figure.MemoryWall(run).Title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryWall_FailsFromTheStart_SaysSo() =>
        Assert.Contains("runs out of memory at 4k, its smallest context",
            Figure.MemoryWall(Sample.Run([Sample.Failed(1, 4096, new OutOfMemory("signal 9"))])).Title, StringComparison.Ordinal);
}
