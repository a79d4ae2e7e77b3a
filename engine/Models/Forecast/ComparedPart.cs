using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>One part of the memory, forecast and as a server logged it.</summary>
/// <param name="Part">The part: <c>weights</c>, <c>kv</c>, <c>recurrent</c>, <c>compute</c>, <c>drafts</c>, <c>accelerator</c>,
/// <c>loaded</c>, <c>loaded_accelerator</c>; of a <c>--fit</c> run <c>host</c>, and <c>CUDA0</c>, <c>CUDA0 weights</c>, … for each
/// device.</param>
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
        var applied = MemoryForecast.Prepare(shape, log.Apply(settings));
        var row = applied.Compute(log.ContextTokens ?? contextTokens);
        // A --fit run projects before it changes anything.
        var projected = log.ProjectedContextTokens is { } before ? applied.Compute(before) : row;
        ComparedPart[] parts =
        [
            new("weights", row.WeightsBytes, log.WeightsBytes), new("kv", row.KvBytes, log.KvBytes),
            new("recurrent", row.RecurrentBytes, log.RecurrentBytes), new("compute", row.ComputeBytes, log.ComputeBytes),
            // A draft model that was not named is not part of the forecast.
            new("drafts", row.DraftBytes > 0 ? row.DraftBytes : null, log.DraftBytes),
            new("accelerator", projected.Accelerator?.TotalBytes, log.ProjectedBytes),
            new("host", log.ProjectedHostBytes is null ? null : HostBytes(projected, log), log.ProjectedHostBytes),
            .. CompareDevices(projected, log),
        ];
        return [.. parts.Where(part => part.ServerBytes is not null || part.ForecastBytes is > 0)];
    }

    // The projection has repacked weights apart.
    private static long? HostBytes(ForecastRow row, ServerLog log) =>
        row.Host.TotalBytes - log.Projected.Where(device => device.Name == "CPU_REPACK").Sum(device => device.Bytes ?? 0);

    private static IEnumerable<ComparedPart> CompareDevices(ForecastRow row, ServerLog log)
    {
        var accelerators = log.Projected
            .Where(device => device.Name is not "Host" && !device.Name.StartsWith("CPU", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < accelerators.Count; i++)
        {
            var (device, forecast) = (accelerators[i], row.Accelerators?.ElementAtOrDefault(i));
            yield return new(device.Name, forecast?.TotalBytes, device.Bytes);
            if (device.ModelBytes is null)
                continue;
            yield return new($"{device.Name} weights", forecast?.WeightsBytes, device.ModelBytes);
            yield return new($"{device.Name} context", forecast?.KvBytes, device.ContextBytes);
            yield return new($"{device.Name} compute", forecast?.ComputeBytes, device.ComputeBytes);
        }
        if (accelerators.Count > 0 && log.Projected.FirstOrDefault(device => device.Name == "Host") is { } host)
            yield return new("host", row.Host.TotalBytes, host.Bytes);
    }
}
