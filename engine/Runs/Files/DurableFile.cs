using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MemoryWall.Core.Files;

namespace MemoryWall.Runs.Files;

/// <summary>Files that survive a power failure: their content and their names are flushed to the disk.</summary>
internal static partial class DurableFile
{
    /// <summary>Writes a new file so that it exists completely or not at all.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> content) => Write(path, content, overwrite: false);

    /// <summary>Replaces a file, or writes a new one: a reader finds the old content or the new.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Write(path, content, overwrite: true);

    // Each writer has a temporary file of its own, so that many may write the same file at once.
    private static void Write(string path, ReadOnlySpan<byte> content, bool overwrite)
    {
        var nonce = RandomNumberGenerator.GetHexString(RunFiles.TemporaryNonceLength, lowercase: true);
        var temporary = $"{path}.{nonce}{RunFiles.TemporarySuffix}";
        try
        {
            using (var file = RegularFile.Open(temporary, CreateOptions()))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            NewFileName.Give(temporary, path, overwrite);
        }
        finally
        {
            File.Delete(temporary);
        }
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    // Other users read it at most, also where they may write new files by default.
    private static FileStreamOptions CreateOptions()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        return options;
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
