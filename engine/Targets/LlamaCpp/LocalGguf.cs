using MemoryWall.Models;
using MemoryWall.Models.Shapes;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>
/// The model's own file, for what llama-server does not tell. A path that the user gave is taken as it is; one that the server names is
/// data of a stranger, so it is read only where the server runs on this machine, and only a regular file with the right ending. Of either
/// only the header is read.
/// </summary>
internal static class LocalGguf
{
    /// <summary>The file's metadata, or why there is none.</summary>
    public static (ModelMetadata? Metadata, string? Problem) Read(string? userPath, string? serverPath, HttpAccess access)
    {
        if ((userPath ?? TrustedPath(serverPath, access)) is not { } path)
            return (null, null);
        try
        {
            return (ModelMetadata.FromFile(path), null);
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
