using System.Diagnostics;
using System.Net.Http.Headers;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Targets.Http;

/// <summary>
/// A credential for a target. It comes from an environment variable, a file or a launcher, never from a command line or an address.
/// It is never shown or stored: <see cref="ToString"/> hides it, and it is removed from server messages that repeat it.
/// </summary>
internal sealed class ApiKey
{
    private const int MaxFileBytes = 16 * 1024;
    private const string Hidden = KnownSecrets.Hidden;
    private readonly string _secret;

    private ApiKey(string secret, string source)
    {
        _secret = secret.Trim();
        if (_secret.Length == 0)
            throw new FormatException($"{source} contains no key: it is empty");
        if (_secret.Any(character => character is < '!' or > '~'))
            throw new FormatException($"{source} contains no key: a key is printable ASCII characters without spaces");
        KnownSecrets.Add(_secret);
    }

    /// <summary>The key in an environment variable.</summary>
    /// <exception cref="FormatException">The variable is not set, or it contains no key.</exception>
    public static ApiKey FromEnvironment(string variable) =>
        new(Environment.GetEnvironmentVariable(variable)
            ?? throw new FormatException($"the environment variable {variable} is not set; set it to the API key"),
            $"the environment variable {variable}");

    /// <summary>The key in a file's first line.</summary>
    /// <exception cref="FormatException">The file contains no key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ApiKey FromFile(string path)
    {
        using var file = File.OpenRead(path);
        var buffer = new byte[MaxFileBytes];
        var text = System.Text.Encoding.UTF8.GetString(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        return new(text.TrimStart('\uFEFF').Split('\n')[0], $"the file {path}");
    }

    /// <summary>The secret that a launcher created for the server that it started.</summary>
    /// <exception cref="FormatException">The secret is empty, or contains spaces or characters outside printable ASCII.</exception>
    public static ApiKey FromLauncher(string secret) => new(secret, "the launcher's secret");

    /// <summary>Gives the key to a process that is started, in an environment variable.</summary>
    public void PassTo(ProcessStartInfo start, string variable) => start.Environment[variable] = _secret;

    /// <summary>A placeholder that hides the key.</summary>
    public override string ToString() => Hidden;

    internal AuthenticationHeaderValue Header => new("Bearer", _secret);

    internal string Redact(string text) => text.Replace(_secret, Hidden, StringComparison.Ordinal);
}
