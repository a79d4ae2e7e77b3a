using MemoryWall.Analysis;
using MemoryWall.Analysis.Predictions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Models.Forecast;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>A stored run may have a type of the KV cache that this version does not know: of a newer version, or of another user.</summary>
public sealed class UnknownKvTypeTests
{
    [Fact]
    public void Create_RunWithAnUnknownKvType_IsReadWithoutForecasts()
    {
        var run = RunReader.Read(Directory.GetDirectories(SampleRuns.Find("kv-f16")!).Single(), withMarks: true).Run;
        var options = run.Manifest.Plan.Options with { KvType = "q9" };
        run = run with { Manifest = run.Manifest with { Plan = run.Manifest.Plan with { Options = options } } };
        var report = RunReport.Create(run);

        var kv = KvPrediction.Create(report);

        Assert.Equal(("q9", null, 0), (kv.KvType, kv.Formula, kv.Windows.Count));
        Assert.Empty(Roofline.Compute(run.Manifest, report.Contexts));
        Assert.Null(WorkPrediction.BytesPerToken(report, 512));
        var shape = run.Manifest.Target.Shape!;
        Assert.Equal(["'q9' is not a KV cache type that this version knows"],
            MemoryForecast.FindProblems(shape, ForecastSettings.FromStored(options)));
        Assert.Empty(MemoryForecast.FindProblems(shape, ForecastSettings.FromStored(options with { KvType = "F16" })));
    }
}
