using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MemoryWall.Core;

namespace MemoryWall.Runs;

/// <summary>
/// <c>run.json</c>. Older schemas are brought up to date step by step before they are read. In a newer one, what this version does
/// not understand is left out, value by value, and reported.
/// </summary>
internal static partial class ManifestFile
{
    private const int MaxBytes = 16 << 20;
    private const int MaxRepairs = 64;

    /// <summary>What brings schema <c>index + 1</c> to the next one, in place. Schema 1 is the first, so there is nothing to do
    /// yet.</summary>
    private static readonly Action<JsonObject>[] s_upgrades = new Action<JsonObject>[RunManifest.CurrentSchema - 1];

    public static void WriteNew(string path, RunManifest manifest) => StoreException.WrapIOErrors(path, "writing it", () =>
    {
        DurableFile.WriteNew(path, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(manifest, FactsJson.Indented) + "\n"));
        return true;
    });

    public static RunManifest Read(string path, ReadWarningCollector findings)
    {
        if (!File.Exists(path))
            throw new StoreException(path, "missing: this folder is not a run, or its writer died before it began");
        var bytes = StoreException.WrapIOErrors(path, "reading it", () =>
            new FileInfo(path).Length <= MaxBytes
                ? File.ReadAllBytes(path)
                : throw new IOException($"it is larger than {MaxBytes >> 20} MiB"));
        try
        {
            if (JsonNode.Parse(bytes) is not JsonObject root)
                throw new StoreException(path, "is not a JSON object");
            Upgrade(root, s_upgrades, findings);
            return DeserializeLeniently(root, findings);
        }
        catch (JsonException e)
        {
            throw new StoreException(path, $"cannot be understood: {e.Message}", e);
        }
    }

    internal static void Upgrade(JsonObject root, IReadOnlyList<Action<JsonObject>> steps, ReadWarningCollector findings)
    {
        if (root["schema_version"] is not JsonValue value || !value.TryGetValue(out int version) || version < 1)
        {
            findings.Add("run.json: has no schema_version of 1 or more; read as the current one");
            return;
        }
        if (version > steps.Count + 1)
            findings.Add(
                FormattableString.Invariant(
                    $"run.json: has schema {version}, newer than {steps.Count + 1}; read as far as this version understands it"));
        for (var from = version; from <= steps.Count; from++)
            steps[from - 1](root);
    }

    private static RunManifest DeserializeLeniently(JsonObject root, ReadWarningCollector findings)
    {
        for (var repairs = 0; ; repairs++)
        {
            try
            {
                return root.Deserialize<RunManifest>(FactsJson.Indented)!;
            }
            catch (JsonException e) when (repairs < MaxRepairs && Remove(root, e.Path) is { } removed)
            {
                findings.Add($"run.json: {removed} is not understood by this version and was left out");
            }
        }
    }

    /// <summary>
    /// Takes the named value out. An element is never taken out of a list, which would look like a complete shorter one: the whole list
    /// goes.
    /// </summary>
    private static string? Remove(JsonObject root, string? path)
    {
        JsonObject? parent = null;
        JsonNode? node = root;
        var (name, removed) = ("", "");
        foreach (Match step in PathSteps().Matches(path ?? ""))
        {
            var next = step.Groups["name"].Success ? step.Groups["name"].Value : step.Groups["quoted"].Value;
            if (step.Groups["index"].Success || node is not JsonObject holder || !holder.ContainsKey(next))
                break;
            (parent, node, name) = (holder, holder[next], next);
            removed += removed.Length == 0 ? next : "." + next;
        }
        return parent?.Remove(name) == true ? removed : null;
    }

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\[(?<index>\d+)\]|\['(?<quoted>[^']*)'\]")]
    private static partial Regex PathSteps();
}
