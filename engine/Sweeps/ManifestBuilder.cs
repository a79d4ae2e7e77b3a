using System.Reflection;
using System.Runtime.InteropServices;
using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Runs;

namespace MemoryWall.Sweeps;

/// <summary>Writes down what a run is and what it runs on.</summary>
internal static class ManifestBuilder
{
    public static RunManifest Create(SweepPlan plan, PreflightResult preflight, RunClock clock) => new()
    {
        RunId = RunStore.NewId(clock.StartedUtc),
        StartedUtc = clock.StartedUtc,
        Plan = plan,
        Machine = preflight.Machine,
        Target = preflight.Target ?? throw new InvalidOperationException("the target was not asked what it is"),
        EngineVersion = VersionOf(typeof(ManifestBuilder).Assembly),
        Ceilings = preflight.Ceilings,
        Versions = new Dictionary<string, string>
        {
            [".NET"] = RuntimeInformation.FrameworkDescription,
            ["OllamaSharp"] = VersionOf(typeof(OllamaSharp.OllamaApiClient).Assembly),
        },
        Notes = [.. preflight.Findings.Select(finding => finding.ToString()), $"prompts: {preflight.Prompts?.CountingMethod}"],
    };

    /// <summary>What is different now from when the run began, in sentences: figures across it are not to be compared blindly.</summary>
    public static IEnumerable<string> DescribeDifferences(RunManifest then, RunManifest now) =>
        RunDifferences.Find(then, now).Select(field => $"{field.Name} was '{field.First}' and is '{field.Second}'");

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
