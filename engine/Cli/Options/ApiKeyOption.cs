using MemoryWall.Targets.Http;

namespace MemoryWall.Cli.Options;

/// <summary>Reads a key from where <c>--api-key-variable</c> or <c>--api-key-file</c> says, or another pair of such options.</summary>
internal static class ApiKeyOption
{
    /// <summary>How the options for the target's key begin.</summary>
    public const string Target = "--api-key";

    /// <summary>How the options for the exporters' key begin.</summary>
    public const string Exporters = "--telemetry-key";

    /// <summary>The key; null for none.</summary>
    /// <param name="variable">The environment variable with the key; null where none was named.</param>
    /// <param name="file">The file with the key; null where none was named.</param>
    /// <param name="option">How the two options begin.</param>
    /// <exception cref="FormatException">Both are given, or there is no key; the message names the option.</exception>
    public static ApiKey? Read(string? variable, string? file, string option = Target) => (variable, file) switch
    {
        (null, null) => null,
        ({ } name, null) => ApiKey.FromEnvironment(name),
        (null, { } path) => ReadFile(path, option),
        _ => throw new FormatException($"{option}-variable and {option}-file: write only one of the two"),
    };

    private static ApiKey ReadFile(string file, string option)
    {
        try
        {
            return ApiKey.FromFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option}-file: '{file}' cannot be read: {error.Message}", error);
        }
    }
}
