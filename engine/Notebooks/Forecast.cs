using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Memory forecasts for models, computed from their shapes without running them.</summary>
public static class Forecast
{
    /// <summary>The forecast memory of a model at several contexts.</summary>
    /// <param name="model">A known model (<c>llama-3.1-8b</c>), a synthetic preset (<c>nano</c>) or a GGUF file.</param>
    /// <param name="contexts">Contexts, as for a sweep: <c>2k..128k*2</c>.</param>
    /// <param name="budget">The available memory, for example <c>16GB</c>; null for a forecast without a wall.</param>
    /// <param name="kvType">Element type of the KV cache; null for f16.</param>
    /// <exception cref="FormatException">The model, the type or a size is unknown.</exception>
    public static ForecastTable Table(string model, string contexts = "2k..128k*2", string? budget = null, string? kvType = null) =>
        MemoryForecast.ComputeTable(
        FindShape(model), ForecastSettings.FromOptions(new TargetOptions { KvType = kvType }),
        ContextList.Parse(contexts).Select(tokens => tokens.Value),
        budget is null ? null : new MemoryBudget(ByteSize.Parse(budget)));

    /// <summary>The names of the known models.</summary>
    public static IReadOnlyList<string> Models => KnownModels.Names;

    internal static ModelShape FindShape(string model)
    {
        if (KnownModels.TryGet(model, type: null, out var known))
            return known;
        if (model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            return File.Exists(model)
                ? ModelShapeReader.Read(ModelMetadata.FromFile(model))
                : throw new FormatException($"model: there is no file '{model}'");
        try
        {
            return SyntheticModelCache.GetShape(SyntheticSpec.Parse(model));
        }
        catch (FormatException error)
        {
            throw new FormatException(
                $"model: '{model}' is neither a known model ({string.Join(", ", KnownModels.Names)}) "
                    + $"nor a GGUF file nor a synthetic model: "
                + error.Message, error);
        }
    }
}
