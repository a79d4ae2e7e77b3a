using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>One part of the memory, forecast and as a server logged it.</summary>
/// <param name="Part">The part: <c>weights</c>, <c>kv</c>, <c>recurrent</c>, <c>compute</c>, <c>accelerator</c>,
/// <c>loaded</c>, <c>loaded_accelerator</c>.</param>
/// <param name="ForecastBytes">The forecast; absent where a part of it is unknown.</param>
/// <param name="ServerBytes">What the server logged; absent where it did not.</param>
public sealed record ComparedPart(string Part, long? ForecastBytes, long? ServerBytes)
{
    /// <summary>(forecast − server) / server; absent where either is absent or the server has none.</summary>
    public double? Error =>
        ForecastBytes is { } forecast && ServerBytes is > 0 and { } server ? (double)(forecast - server) / server : null;

    /// <summary>Compares a forecast with what a running server says that its loaded model takes; empty where it does not say it.</summary>
    internal static IReadOnlyList<ComparedPart> Compare(ForecastRow row, ServerWords server)
    {
        ComparedPart[] parts = [new("loaded", row.TotalBytes, server.LoadedBytes),
            new("loaded_accelerator", row.Accelerator?.TotalBytes, server.AcceleratorBytes)];
        return [.. parts.Where(part => part.ServerBytes is > 0)];
    }

    /// <summary>Compares a forecast with a log, at the context and with the settings that the log tells.</summary>
    internal static IReadOnlyList<ComparedPart> Compare(ModelShape shape, ForecastSettings settings, ServerLog log, int contextTokens)
    {
        var row = MemoryForecast.Compute(shape, log.Apply(settings), log.ContextTokens ?? contextTokens);
        ComparedPart[] parts =
        [
            new("weights", row.WeightsBytes, log.WeightsBytes), new("kv", row.KvBytes, log.KvBytes),
            new("recurrent", row.RecurrentBytes, log.RecurrentBytes), new("compute", row.ComputeBytes, log.ComputeBytes),
            new("accelerator", row.Accelerator?.TotalBytes, log.ProjectedBytes),
        ];
        return [.. parts.Where(part => part.ServerBytes is not null || part.ForecastBytes is > 0)];
    }
}
