using System.Text;
using System.Text.Json;
using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Runs.Labels;

/// <summary><c>label.json</c>: what a user said about the run after it began. The manifest, which holds facts, stays as it was
/// written.</summary>
internal static class LabelFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The label of a run: that of the file or, where there is none or it cannot be read, that of the manifest.</summary>
    public static RunLabel Read(string folder, RunManifest manifest, ReadWarningCollector warnings)
    {
        var path = Path.Combine(folder, RunFiles.Label);
        var first = new RunLabel { Label = manifest.Label, Note = manifest.Note };
        if (!File.Exists(path))
            return first;
        try
        {
            if (JsonSerializer.Deserialize<RunLabel>(RegularFile.ReadAllBytes(path, MaxBytes), FactsJson.Indented) is { } label)
                return label;
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            // The warning below says it.
        }
        warnings.Add("label.json: the file is not a label and is ignored");
        return first;
    }

    public static void Write(string folder, RunLabel label) => StoreException.WrapIOErrors(folder, "storing the label", () =>
    {
        DurableFile.Replace(Path.Combine(folder, RunFiles.Label),
            Encoding.UTF8.GetBytes(JsonSerializer.Serialize(label, FactsJson.Indented) + "\n"));
        return true;
    });
}
