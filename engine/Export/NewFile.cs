using MemoryWall.Core.Files;

namespace MemoryWall.Export;

/// <summary>Files that are written completely or not at all, and that replace nothing unless they are asked to.</summary>
internal static class NewFile
{
    /// <summary>Refuses a path that exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="inputs">What it is made of, which is never replaced; null for nothing on this disk.</param>
    /// <exception cref="IOException">It exists and may not be replaced.</exception>
    public static void Check(string path, bool overwrite, IEnumerable<string>? inputs = null)
    {
        if (OutputFile.FindProblem(path, inputs ?? [], overwrite) is { } problem)
            throw new IOException(problem);
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file. Its folder is created.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="write">Writes the content to a stream that can be read and sought.</param>
    /// <param name="inputs">What it is made of, which is never replaced; null for nothing on this disk.</param>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static void Write(string path, bool overwrite, Action<Stream> write, IEnumerable<string>? inputs = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        Check(path, overwrite, inputs);
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = $"{full}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
                write(stream);
            NewFileName.Give(temporary, full, overwrite);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
