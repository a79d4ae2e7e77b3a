using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Json;

/// <summary>
/// <c>run.json</c>. Older schemas are upgraded step by step before they are read. Values of a newer schema that this version does not
/// understand are ignored one by one, each with a warning.
/// </summary>
internal static partial class ManifestFile
{
    private const int MaxBytes = 16 << 20;
    private const int MaxRepairs = 64;

    /// <summary>The step at <c>index</c> upgrades schema <c>index + 1</c> in place. Schema 2 changed the table of trials and not the
    /// manifest.</summary>
    private static readonly Action<JsonObject>[] s_upgrades = [_ => { }];

    /// <summary>Writes the manifest of a new run.</summary>
    /// <returns>The bytes of the file.</returns>
    public static byte[] WriteNew(string path, RunManifest manifest) => StoreException.WrapIOErrors(path, "writing it", () =>
    {
        var bytes = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(manifest, FactsJson.Indented) + "\n");
        DurableFile.WriteNew(path, bytes);
        return bytes;
    });

    public static RunManifest Read(string path, ReadWarningCollector warnings)
    {
        if (!File.Exists(path))
            throw new StoreException(path, "the file is missing: this folder is not a run, or its writer died before it began");
        var bytes = ReadBytes(path);
        try
        {
            // The reader would find wrong bytes only where it looks at them, and then with another error.
            if (!Utf8.IsValid(bytes))
                throw new StoreException(path, "the file is not valid UTF-8");
            if (JsonNode.Parse(bytes) is not JsonObject root)
                throw new StoreException(path, "the file is not a JSON object");
            Upgrade(root, s_upgrades, warnings);
            RemoveListsWithNull(root, "", warnings);
            return CheckIds(DeserializeLeniently(root, warnings), path, warnings);
        }
        catch (Exception e) when (ForeignJson.IsUnreadable(e))
        {
            throw new StoreException(path, $"the file cannot be read as a manifest: {e.Message}", e);
        }
    }

    /// <summary>The bytes of the file.</summary>
    /// <exception cref="StoreException">It is missing, too large, or no regular file.</exception>
    public static byte[] ReadBytes(string path) =>
        StoreException.WrapIOErrors(path, "reading it", () => RegularFile.ReadAllBytes(path, MaxBytes));

    internal static void Upgrade(JsonObject root, IReadOnlyList<Action<JsonObject>> steps, ReadWarningCollector warnings)
    {
        if (root["schema_version"] is not JsonValue value || !value.TryGetValue(out int version) || version < 1)
        {
            warnings.Add("run.json: schema_version is not a number of 1 or more; the file is read as the current schema");
            return;
        }
        if (version > steps.Count + 1)
            warnings.Add(
                FormattableString.Invariant(
                    $"run.json: schema {version} is newer than {steps.Count + 1}; the file is read as far as this version understands it"));
        for (var from = version; from <= steps.Count; from++)
            steps[from - 1](root);
    }

    // No list of a manifest has an absent element, and the reader would take one for an object.
    private static void RemoveListsWithNull(JsonObject holder, string path, ReadWarningCollector warnings)
    {
        foreach (var (name, node) in holder.ToList())
        {
            var place = path.Length == 0 ? name : $"{path}.{name}";
            if (node is JsonArray list && HasNull(list))
            {
                holder.Remove(name);
                warnings.Add($"run.json: {TextCell.Encode(place)} has an absent element, so the list is ignored");
            }
            foreach (var child in node is JsonArray items ? items.OfType<JsonObject>() : new[] { node }.OfType<JsonObject>())
                RemoveListsWithNull(child, place, warnings);
        }
    }

    private static bool HasNull(JsonArray list) => list.Any(item => item is null || (item is JsonArray inner && HasNull(inner)));

    // Ids become parts of paths, and a manifest may come from elsewhere.
    private static RunManifest CheckIds(RunManifest manifest, string path, ReadWarningCollector warnings)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var name = Path.GetFileName(folder);
        if (manifest.RunId != name)
            warnings.Add($"run.json: run_id is '{TextCell.Encode(manifest.RunId ?? "")}', but the folder is '{TextCell.Encode(name)}'");
        if (!RunId.IsValid(manifest.RunId))
            manifest = RunId.IsValid(name)
                ? manifest with { RunId = name }
                : throw new StoreException(folder, $"its run_id '{TextCell.Encode(manifest.RunId ?? "")}' is not a run id");
        if (manifest.Comparison is not { } comparison || RunId.IsValid(comparison.Id))
            return manifest;
        warnings.Add($"run.json: the comparison's id '{TextCell.Encode(comparison.Id ?? "")}' is none; the comparison is ignored");
        return manifest with { Comparison = null };
    }

    private static RunManifest DeserializeLeniently(JsonObject root, ReadWarningCollector warnings)
    {
        for (var repairs = 0; ; repairs++)
        {
            try
            {
                return root.Deserialize<RunManifest>(FactsJson.Indented)!;
            }
            catch (Exception e) when (e is JsonException or NotSupportedException && repairs < MaxRepairs
                && Remove(root, FindPath(e)) is { } removed)
            {
                warnings.Add($"run.json: this version does not understand {removed} and ignores it");
            }
        }
    }

    // A kind that is missing is another error, which has its place in its text only.
    private static string? FindPath(Exception error) => error is JsonException json ? json.Path
        : PathInText().Match(error.Message) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"Path: (\S+) \|")]
    private static partial Regex PathInText();

    /// <summary>
    /// Removes the named value. For an element of a list it removes the whole list, because a shorter list would look complete.
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
