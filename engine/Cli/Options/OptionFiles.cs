using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;

namespace MemoryWall.Cli.Options;

/// <summary>Reads the files that options name.</summary>
internal static class OptionFiles
{
    /// <summary>The GGUF file of a preset, a shape or a path. A synthetic model is written to the cache first.</summary>
    /// <exception cref="FormatException">There is no such model.</exception>
    public static async Task<string> EnsureModelAsync(string model, CancellationToken cancellation)
    {
        if (!model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && (SyntheticSpec.IsSpecText(model) || !Path.Exists(model)))
            return await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(model), cancellation: cancellation).ConfigureAwait(false);
        return Path.Exists(model) ? model : throw new FormatException($"--model: there is no file '{model}'");
    }

    /// <summary>A text file's content.</summary>
    /// <exception cref="FormatException">It cannot be read; the message names the option.</exception>
    public static string ReadText(string option, string path)
    {
        try
        {
            return DocumentFile.Read(path);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{option}: '{path}' cannot be used: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option}: '{path}' cannot be read: {error.Message}", error);
        }
    }
}
