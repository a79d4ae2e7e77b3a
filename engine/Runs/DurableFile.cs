using System.Runtime.InteropServices;

namespace MemoryWall.Runs;

/// <summary>Files that survive a loss of power: flushed to the disk, and their names too.</summary>
internal static partial class DurableFile
{
    /// <summary>Writes a new file so that it is there in whole or not at all.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: false);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Flushes a folder's entries. POSIX wants this apart from the files' own flush; Windows has no such call and journals names itself.
    /// A file system that cannot do it is left as it is: the files themselves are flushed.
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
