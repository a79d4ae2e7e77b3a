using System.Runtime.InteropServices;
using MemoryWall.Core.Files;

namespace MemoryWall.Runs.Files;

/// <summary>Files that survive a power failure: their content and their names are flushed to the disk.</summary>
internal static partial class DurableFile
{
    /// <summary>Writes a new file so that it exists completely or not at all.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> content) => Write(path, content, overwrite: false);

    /// <summary>Replaces a file, or writes a new one: a reader finds the old content or the new.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Write(path, content, overwrite: true);

    private static void Write(string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        var temporary = path + ".tmp";
        using (var file = RegularFile.Open(temporary,
            new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Flushes the entries of a folder. POSIX requires this in addition to flushing the files; Windows has no such call and journals names
    /// itself. An error is ignored, because the files themselves are flushed.
    /// </summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenFile(path, 0);
        if (descriptor < 0)
            return;
        _ = Sync(descriptor);
        _ = CloseFile(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int descriptor);
}
