using System.Reflection;
using System.Runtime.InteropServices;
using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Prompts;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Preflight;

namespace MemoryWall.Sweeps;

/// <summary>Builds the manifest: what a run measures and on what.</summary>
internal static class ManifestBuilder
{
    /// <summary>The manifest of a run that starts now.</summary>
    public static RunManifest Create(SweepPlan plan, PreflightResult preflight, RunClock clock) => new()
    {
        RunId = RunStore.NewId(clock.StartedUtc),
        StartedUtc = clock.StartedUtc,
        Plan = plan,
        Machine = preflight.Machine,
        Target = preflight.Target ?? throw new InvalidOperationException("the preflight has no target"),
        EngineVersion = EngineVersion,
        PromptAs = preflight.PromptAs,
        DocumentSha256 = plan is { PromptKind: PromptKind.Document, DocumentPath: { } document } ? ReadChecksum(document) : null,
        Ceilings = preflight.Ceilings,
        Versions = new Dictionary<string, string>
        {
            [".NET"] = RuntimeInformation.FrameworkDescription,
            ["OllamaSharp"] = VersionOf(typeof(OllamaSharp.OllamaApiClient).Assembly),
        },
        Notes = [.. preflight.Findings.Select(finding => finding.ToString()), $"prompts: {preflight.Prompts?.CountingMethod}"],
    };

    /// <summary>What has changed since the run began, in sentences: figures from before and after are not comparable without
    /// care.</summary>
    public static IEnumerable<string> DescribeDifferences(RunManifest then, RunManifest now) =>
        RunDifferences.Find(then, now).Select(field => $"{field.Name} was '{field.First}' and is '{field.Second}'");

    /// <summary>The version of this engine, as manifests name it.</summary>
    public static string EngineVersion => VersionOf(typeof(ManifestBuilder).Assembly);

    // Preflight has read the document, and it may be gone by now.
    private static string? ReadChecksum(string document)
    {
        try
        {
            return DocumentFile.ComputeSha256(document);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
