using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MemoryWall.Facts;
using MemoryWall.Store;

namespace MemoryWall.Cli.Notebook;

/// <summary>What a rendered page rests on, in the form that the renderer takes.</summary>
internal static class ProvenanceFile
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="store">Where the runs are.</param>
    /// <param name="ids">The runs shown.</param>
    public static async Task WriteAsync(string path, RunStore store, IEnumerable<string> ids)
    {
        var manifests = ids.Distinct().Select(id => store.Read(id, withMarks: false).Manifest).ToList();
        var versions = new JsonObject();
        foreach (var (name, version) in manifests.SelectMany(Versions))
            versions[name] = version;
        var json = new JsonObject
        {
            ["runs"] = new JsonArray([.. manifests.Select(manifest => (JsonNode)manifest.RunId)]),
            ["machines"] = new JsonArray([.. manifests.Select(manifest => Machine(manifest.Machine)).Distinct().Select(machine => (JsonNode)machine)]),
            ["versions"] = versions,
            ["inputs"] = new JsonArray([.. manifests.SelectMany(manifest => Inputs(Path.Combine(store.Root, manifest.RunId)))]),
        };
        await File.WriteAllTextAsync(path, json.ToJsonString(FactsJson.Indented)).ConfigureAwait(false);
    }

    private static IEnumerable<(string, string)> Versions(RunManifest manifest)
    {
        yield return ("engine", manifest.EngineVersion);
        if (manifest.Target.ServerVersion is { } server)
            yield return ($"{manifest.Target.Kind} server", server);
        foreach (var (name, version) in manifest.Versions)
            yield return (name, version);
    }

    private static string Machine(MachineFacts machine) =>
        $"{machine.CpuModel ?? machine.Architecture}, {machine.AvailableCores} cores, {(machine.MemoryTotalBytes is { } bytes ? new Units.ByteSize(bytes).ToString() : "?")} RAM, {machine.OperatingSystem}";

    private static IEnumerable<JsonNode> Inputs(string folder) => new[] { "run.json", "trials.csv" }
        .Select(name => Path.Combine(folder, name))
        .Where(File.Exists)
        .Select(file => (JsonNode)new JsonObject
        {
            ["path"] = $"{Path.GetFileName(folder)}/{Path.GetFileName(file)}",
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))),
        });
}
