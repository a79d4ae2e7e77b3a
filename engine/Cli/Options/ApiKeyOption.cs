using MemoryWall.Targets.Http;

namespace MemoryWall.Cli.Options;

/// <summary>Reads a key from where <c>--api-key-variable</c> or <c>--api-key-file</c> says.</summary>
internal static class ApiKeyOption
{
    /// <summary>The key; null for none.</summary>
    /// <exception cref="FormatException">Both are given, or there is no key; the message names the option.</exception>
    public static ApiKey? Read(string? variable, string? file) => (variable, file) switch
    {
        (null, null) => null,
        ({ } name, null) => ApiKey.FromEnvironment(name),
        (null, { } path) => ReadFile(path),
        _ => throw new FormatException("--api-key-variable and --api-key-file: write only one of the two"),
    };

    private static ApiKey ReadFile(string file)
    {
        try
        {
            return ApiKey.FromFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--api-key-file: '{file}' cannot be read: {error.Message}", error);
        }
    }
}
