using MemoryWall.Analysis.Predictions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Analysis.Predictions;

/// <summary>No bound may lie below what a run measured, with the bandwidths that the run measured itself.</summary>
public class MeasuredBoundTests
{
    [Theory]
    [InlineData("context-sweep", 10)]
    [InlineData("wall-standard", 2)]
    [InlineData("wall-no-swap", 2)]
    [InlineData("wall-kv-q8_0", 2)]
    [InlineData("wall-managed", 4)]
    public void Sample_IsNeverFasterThanItsBound(string sample, int minTrials)
    {
        var report = RunReport.Create(Read(sample));
        var (manifest, shape) = (report.Manifest, report.Manifest.Target.Shape!);
        var bandwidths = MeasuredBandwidths.Find(report);
        Assert.NotNull(bandwidths.Ram);
        // A capped run has as much memory as its cap allows, and the storage behind it.
        var memory = manifest.Plan.Cap?.Bytes ?? manifest.Machine.MemoryTotalBytes!.Value;
        var settings = ForecastSettings.FromOptions(manifest.Plan.Options);
        var fitter = new MachineFitter(shape, settings, new MachineSpec
        {
            Name = "machine",
            Description = "",
            Ram = new MemoryPart(new ByteSize(memory))
        }, new MemoryReserve(0, 0), bandwidths);
        var compared = 0;
        foreach (var view in report.Trials)
        {
            if (view is not { Trial.Outcome.IsCompleted: true, GenerationRate: { } rate })
                continue;
            var fit = fitter.Fit(view.Trial.ContextTokens);
            if (fit.MaxTokensPerSecond is not { } bound)
            {
                // Only the managed run measured its storage.
                Assert.Equal(FitGap.StorageBandwidth, fit.BoundGap);
                continue;
            }
            Assert.True(rate.PerSecond <= bound, $"trial {view.Trial.Number}: {rate.PerSecond} t/s above {bound}");
            compared++;
        }
        Assert.True(compared >= minTrials, $"{compared} trials were compared");
    }

    [Fact]
    public void Storage_IsMeasuredByAManagedRunOnly()
    {
        var managed = MeasuredBandwidths.Find(RunReport.Create(Read("wall-managed")));
        Assert.Equal(("20261130-070920-78f4a0eb", 27_451_936_247.210255), (managed.Ram!.MeasuredBy, managed.Ram.BytesPerSecond));
        Assert.InRange(managed.Storage!.BytesPerSecond, 1e8, 1e11);
        Assert.Null(MeasuredBandwidths.Find(RunReport.Create(Read("context-sweep"))).Storage);
        Assert.Null(managed.Gpu);
        // The memory test of the first run found a machine that was not quiet.
        Assert.True(MeasuredBandwidths.Find(RunReport.Create(Read("kv-f16"))).Ram!.IsDisturbed);
        Assert.False(MeasuredBandwidths.Find(RunReport.Create(Read("wall-kv-q8_0"))).Ram!.IsDisturbed);
    }

    private static Run Read(string sample)
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var folder = Directory.GetDirectories(Path.Combine(Repository.Root, "data", "samples", sample)).Single();
        return RunReader.Read(folder, withMarks: true).Run;
    }
}
