using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Sweeps.Setup;

/// <summary>The model of an embedded server: a GGUF file, or a synthetic model that is written where it is not there yet.</summary>
internal static class EmbeddedModel
{
    /// <summary>The model in the address of an embedded server; the smallest preset where it names none.</summary>
    public static string TextOf(string target) =>
        target.Length > TargetKind.Embedded.Length ? target[(TargetKind.Embedded.Length + 1)..] : SyntheticSpec.Nano.Name;

    /// <summary>The shape of a model, without reading or writing weights.</summary>
    /// <exception cref="FormatException">The text is no shape of a synthetic model.</exception>
    /// <exception cref="ModelFormatException">The file is no model.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelShape ReadShape(string text) => SyntheticSpec.IsSpecText(text)
        ? SyntheticModelCache.GetShape(SyntheticSpec.Parse(text))
        : ModelShapeReader.Read(GenerativeModel.ReadFile(text));

    /// <summary>Checks the text of a model, and writes nothing.</summary>
    /// <exception cref="FormatException">It names no model that this server can run; the message says why.</exception>
    public static void CheckText(string text)
    {
        if (SyntheticSpec.IsSpecText(text))
            _ = SyntheticSpec.Parse(text);
        else
            _ = ResolveFile(text);
    }

    /// <summary>Finds or writes the file of a model.</summary>
    /// <param name="text">A preset, a shape or the path of a GGUF file.</param>
    /// <param name="preparing">Receives a sentence where something takes time.</param>
    /// <param name="cancellation">Stops writing.</param>
    /// <returns>Its full path, and the name under which it is served.</returns>
    /// <exception cref="FormatException">The text names no model that this server can run; the message says why.</exception>
    /// <exception cref="IOException">The synthetic model cannot be written.</exception>
    public static async Task<(string Path, string Name)> ResolveAsync(string text, Action<string> preparing,
        CancellationToken cancellation)
    {
        if (!SyntheticSpec.IsSpecText(text))
            return ResolveFile(text);
        var spec = SyntheticSpec.Parse(text);
        preparing($"preparing the synthetic model {spec.Name} ({new ByteSize(spec.WeightBytes)})");
        return (await SyntheticModelCache.EnsureAsync(spec, cancellation: cancellation).ConfigureAwait(false),
            spec.Name == "custom" ? text : spec.Name);
    }

    private static (string Path, string Name) ResolveFile(string path)
    {
        if (!Path.Exists(path))
            throw new FormatException($"'{path}' is not a file, a preset "
                + $"({string.Join(", ", SyntheticSpec.Presets.Select(preset => preset.Name))}) or a shape (layers=8,embd=512,…)");
        try
        {
            _ = GenerativeModel.ReadFile(path);
        }
        catch (Exception error) when (error is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"'{path}' cannot be measured: {error.Message}", error);
        }
        return (Path.GetFullPath(path), Path.GetFileNameWithoutExtension(path));
    }
}
