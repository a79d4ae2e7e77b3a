using System.Globalization;
using System.Text.Json;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Json;

namespace MemoryWall.Analysis;

/// <summary>A setting or property in which two runs differ.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">In the first; absent where it has none.</param>
/// <param name="Second">In the second; absent where it has none.</param>
public sealed record RunDifference(string Name, string? First, string? Second);

/// <summary>Differences between the settings and systems of two runs: each may explain a difference between their results.</summary>
internal static class RunDifferences
{
    /// <summary>The differences, those of the system first, then those of the plan.</summary>
    public static IReadOnlyList<RunDifference> Find(RunManifest first, RunManifest second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return [.. Fields(first).Zip(Fields(second), (one, other) => new RunDifference(one.Name, one.Value, other.Value))
            .Where(field => field.First != field.Second)];
    }

    private static IEnumerable<(string Name, string? Value)> Fields(RunManifest run)
    {
        yield return ("engine version", run.EngineVersion);
        yield return ("target", run.Target.Kind);
        yield return ("target version", run.Target.ServerVersion);
        yield return ("model", run.Target.Model);
        yield return ("weight bytes", Text(run.Target.Shape?.WeightBytes));
        yield return ("processor", run.Machine.CpuModel);
        yield return ("cores available", Text(run.Machine.AvailableCores));
        yield return ("RAM", Text(run.Machine.MemoryTotalBytes));
        yield return ("memory limit", Text(run.Machine.MemoryLimitBytes));
        yield return ("accelerators", string.Join(", ", run.Machine.Gpus.Select(gpu => gpu.Name)));
        yield return ("power", run.Machine.Power);
        yield return ("cap", Json(run.Plan.Cap));
        // One entry for each setting, so that what is the same is not repeated.
        var options = JsonSerializer.SerializeToElement(run.Plan.Options, FactsJson.SingleLine);
        foreach (var option in options.EnumerateObject())
            yield return (option.Name.Replace('_', ' '), option.Value.ValueKind == JsonValueKind.Null ? null : option.Value.ToString());
        yield return ("method", run.Plan.Method.Label());
        yield return ("output tokens", Text(run.Plan.OutputTokens));
        yield return ("order", EnumNames.Name(run.Plan.Order));
        yield return ("prompts", EnumNames.Name(run.Plan.PromptKind));
        yield return ("prompt cache on purpose", run.Plan.WarmPrefix ? "yes" : "no");
        yield return ("window margin", Text(run.Plan.WindowMarginTokens));
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Json<T>(T? value) where T : class =>
        value is null ? null : JsonSerializer.Serialize(value, FactsJson.SingleLine);
}
