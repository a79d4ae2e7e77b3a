using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Analysis.Reports;

/// <summary>The bytes of a synthetic preset in runs of early versions, which stored its shape without them. The preset's tensors determine
/// them, so they are known where everything that was stored agrees with the preset.</summary>
internal static class PresetShape
{
    private const string QuantizationDetail = "quantization_level";

    /// <summary>The run, with the bytes of its model where they are absent and the model is one of the presets.</summary>
    public static Run Complete(Run run)
    {
        if (run.Manifest.Target is not { Kind: TargetKind.Embedded, Shape: { WeightBytes: null } stored } target
            || SyntheticSpec.Presets.FirstOrDefault(preset => preset.Name == target.Model) is not { } spec)
            return run;
        var preset = SyntheticModelCache.GetShape(spec);
        return IsSame(stored, preset) && target.Details.GetValueOrDefault(QuantizationDetail) == spec.Weights.ToString()
            ? run with
            {
                Manifest = run.Manifest with
                {
                    Target = target with
                    {
                        Shape = stored with
                        {
                            WeightBytes = preset.WeightBytes,
                            ActiveWeightBytes = preset.ActiveWeightBytes,
                            InputWeightBytes = preset.InputWeightBytes,
                            OutputWeightBytes = preset.OutputWeightBytes,
                            RepackCopyBytes = preset.RepackCopyBytes,
                        },
                    },
                },
            }
            : run;
    }

    private static bool IsSame(ModelShape stored, ModelShape preset) => stored.Name == preset.Name
        && stored.Architecture == preset.Architecture && stored.ParameterCount == preset.ParameterCount
        && stored.VocabularySize == preset.VocabularySize && stored.EmbeddingLength == preset.EmbeddingLength
        && stored.FeedForwardLength == preset.FeedForwardLength && stored.Layers.SequenceEqual(preset.Layers);
}
