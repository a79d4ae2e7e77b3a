using MemoryWall.Analysis.Reports;
using MemoryWall.Engine.Tests.Export;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>Runs of versions that stored no bytes of a preset's weights.</summary>
public class PresetShapeTests
{
    [Fact]
    public void Report_OldRunOfAPreset_HasTheBytesThatALaterRunOfItStored()
    {
        var old = ExportSamples.Read("kv-f16").Single();
        Assert.Null(old.Manifest.Target.Shape!.WeightBytes);
        var later = ExportSamples.Read("wall-standard").Single().Manifest.Target.Shape!;
        var shape = RunReport.Create(old).Manifest.Target.Shape!;
        Assert.Equal(
            (later.WeightBytes, later.ActiveWeightBytes, later.InputWeightBytes, later.OutputWeightBytes, later.RepackCopyBytes),
            (shape.WeightBytes, shape.ActiveWeightBytes, shape.InputWeightBytes, shape.OutputWeightBytes, shape.RepackCopyBytes));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("parameters")]
    [InlineData("quantization")]
    public void Report_OldRunThatIsNotThePreset_HasNoBytes(string difference)
    {
        var old = ExportSamples.Read("kv-f16").Single();
        var target = old.Manifest.Target;
        target = difference switch
        {
            "model" => target with { Model = "/models/small.gguf" },
            "parameters" => target with { Shape = target.Shape! with { ParameterCount = target.Shape.ParameterCount + 1 } },
            _ => target with { Details = new Dictionary<string, string>() },
        };
        Assert.Null(RunReport.Create(old with { Manifest = old.Manifest with { Target = target } }).Manifest.Target.Shape!.WeightBytes);
    }
}
