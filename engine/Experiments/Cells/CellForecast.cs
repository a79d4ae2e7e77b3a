using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Models;
using MemoryWall.Models.Forecast;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Experiments.Cells;

/// <summary>Forecasts the memory of cells. The shape of each model is read once.</summary>
internal sealed class CellForecast
{
    private readonly Dictionary<string, ModelShape?> _shapes = new(StringComparer.Ordinal);

    /// <summary>The shape of the model that the embedded server loads; null for a server elsewhere, and where it cannot be
    /// read.</summary>
    public ModelShape? FindShape(string target)
    {
        if (!PrefillMode.IsEmbedded(target))
            return null;
        if (!_shapes.TryGetValue(target, out var shape))
            _shapes[target] = shape = ReadShape(target);
        return shape;
    }

    /// <summary>The memory that the server of a plan needs at its largest context, in bytes: its forecast, and at most its cap. Null where
    /// neither is known.</summary>
    public long? Compute(SweepPlan plan)
    {
        if (FindShape(plan.Target) is not { } shape)
            return null;
        var settings = ForecastSettings.ForEmbedded(plan.Options, shape);
        if (MemoryForecast.FindProblems(shape, settings).Count > 0)
            return plan.Cap?.Bytes;
        var largest = plan.Contexts.Max(context => context.Value);
        var total = MemoryForecast.Compute(shape, settings, plan.WindowRule.WindowFor(largest)).TotalBytes;
        return new[] { total, plan.Cap?.Bytes }.Min();
    }

    private static ModelShape? ReadShape(string target)
    {
        try
        {
            return EmbeddedModel.ReadShape(EmbeddedModel.TextOf(target));
        }
        catch (Exception error) when (error is FormatException or ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
