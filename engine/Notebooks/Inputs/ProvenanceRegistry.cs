using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MemoryWall.Core;
using MemoryWall.Core.Primitives;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;

namespace MemoryWall.Notebooks.Inputs;

/// <summary>
/// The runs that this process has read or measured. Every figure's output contains them in a hidden form, so that a page made from the
/// notebook can list its sources: runs, machines, versions and the checksums of the files.
/// </summary>
internal static class ProvenanceRegistry
{
    /// <summary>The MIME type that the renderer looks for.</summary>
    public const string MimeType = "application/vnd.memwall.provenance+json";

    private static readonly Lock s_gate = new();
    private static readonly List<(RunManifest Manifest, string Folder)> s_runs = [];

    public static Run Add(Run run, string folder)
    {
        lock (s_gate)
        {
            if (s_runs.TrueForAll(known => known.Folder != folder))
                s_runs.Add((run.Manifest, folder));
        }
        return run;
    }

    public static string ToJson()
    {
        List<(RunManifest Manifest, string Folder)> runs;
        lock (s_gate)
            runs = [.. s_runs];
        var versions = new JsonObject();
        foreach (var (name, version) in runs.SelectMany(run => GetVersions(run.Manifest)))
            versions[SafeText.ToSingleLine(name)] = SafeText.ToSingleLine(version);
        return new JsonObject
        {
            ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)run.Manifest.RunId)]),
            ["machines"] = new JsonArray(
                [.. runs.Select(run => SafeText.ToSingleLine(MachineLabel.Create(run.Manifest.Machine))).Distinct()
                    .Select(machine => (JsonNode)machine)]),
            ["versions"] = versions,
            ["inputs"] = new JsonArray([.. runs.SelectMany(run => GetInputs(run.Folder))]),
        }.ToJsonString(FactsJson.SingleLine);
    }

    private static IEnumerable<(string, string)> GetVersions(RunManifest manifest)
    {
        yield return ("engine", manifest.EngineVersion);
        if (manifest.Target.ServerVersion is { } server)
            yield return ($"{manifest.Target.Kind} server", server);
        foreach (var (name, version) in manifest.Versions)
            yield return (name, version);
    }

    // The server's log is not listed, because no figure uses it.
    private static IEnumerable<JsonNode> GetInputs(string folder) => new[] { "run.json", "trials.csv", "tokens.csv", "telemetry.csv" }
        .Select(name => Path.Combine(folder, name)).Where(File.Exists)
        .Select(file => new JsonObject
        {
            ["path"] = $"{Path.GetFileName(folder)}/{Path.GetFileName(file)}",
            ["sha256"] = ComputeChecksum(file)
        });

    private static string ComputeChecksum(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
