using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>The points of a roofline.</summary>
public sealed class RooflineTests
{
    /// <summary>A foreign file of trials can name any number.</summary>
    [Fact]
    public void Compute_ContextOfNoTokens_HasNoPoint()
    {
        var run = RunReader.Read(Directory.GetDirectories(SampleRuns.Find("context-sweep")!).Single(), withMarks: true).Run;
        var contexts = RunReport.Create(run).Contexts;

        var points = Roofline.Compute(run.Manifest, [contexts[0] with { ContextTokens = -1 }, contexts[1] with { ContextTokens = 0 },
            contexts[2]]);

        Assert.NotEmpty(points);
        Assert.All(points, point => Assert.Equal(contexts[2].ContextTokens, point.ContextTokens));
    }
}
