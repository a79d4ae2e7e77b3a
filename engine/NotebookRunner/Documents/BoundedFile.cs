using System.Globalization;
using System.Security;
using MemoryWall.Core.Files;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Reads files of limited size and replaces files atomically.</summary>
internal static class BoundedFile
{
    /// <exception cref="NotebookException">The file cannot be read or is too large.</exception>
    public static byte[] Read(string path, int maximumBytes)
    {
        try
        {
            using var file = RegularFile.OpenNamed(path);
            if (file.Length > maximumBytes)
                throw new NotebookException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"'{path}' has {file.Length:#,0} bytes; the limit is {maximumBytes:#,0}"));
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (IsFileError(error))
        {
            throw new NotebookException($"'{path}' cannot be read: {error.Message}");
        }
    }

    /// <summary>Writes a temporary file in the same folder and moves it to the path. The access rights of the old file are kept.</summary>
    /// <exception cref="NotebookException">The file cannot be written.</exception>
    public static void ReplaceAtomically(string path, string text)
    {
        string? temporary = null;
        try
        {
            var target = Path.GetFullPath(path);
            // A link stays a link; its target is replaced.
            if (File.Exists(target))
                target = File.ResolveLinkTarget(target, returnFinalTarget: true)?.FullName ?? target;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            // Another user cannot guess this name and prepare a link, in a folder that others may write too.
            temporary = $"{target}.{Path.GetRandomFileName()}.tmp";
            using (var file = RegularFile.Open(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write }))
            using (var writer = new StreamWriter(file))
                writer.Write(text);
            if (!OperatingSystem.IsWindows() && File.Exists(target))
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception error) when (IsFileError(error))
        {
            if (temporary is not null)
                TryDelete(temporary);
            throw new NotebookException($"'{path}' cannot be written: {error.Message}");
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (IsFileError(error))
        {
            // Only the first error is reported.
        }
    }

    private static bool IsFileError(Exception error) =>
        error is IOException or UnauthorizedAccessException or SecurityException or NotSupportedException or ArgumentException;
}
