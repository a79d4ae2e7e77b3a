using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// Reads the header of the model's file, for what llama-server does not report. A path from the user is used as it is. A path from the
/// server is not trusted: it is read only where the server runs on this machine, and only if it is a regular file that ends in
/// <c>.gguf</c>.
/// </summary>
internal static class LocalGguf
{
    /// <summary>The file's metadata, or why it cannot be read; both are null where no file is known.</summary>
    public static (ModelMetadata? Metadata, string? Problem) Read(string? userPath, string? serverPath, HttpAccess access)
    {
        if ((userPath ?? TrustedPath(serverPath, access)) is not { } path)
            return (null, null);
        try
        {
            // A user can name a projector, an adapter or one part of a model; llama-server has loaded the file that it names.
            return (userPath is null ? ModelMetadata.FromFile(path) : GenerativeModel.ReadFile(path), null);
        }
        catch (Exception exception) when (exception is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return (null, access.Sanitize($"{path}: {exception.Message}"));
        }
    }

    private static string? TrustedPath(string? named, HttpAccess access) =>
        named is not null && access.IsLoopback && Path.IsPathFullyQualified(named)
            && named.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
            && new FileInfo(named) is { Exists: true } file && (file.Attributes & (FileAttributes.Device | FileAttributes.Directory)) == 0
            ? named
            : null;
}
