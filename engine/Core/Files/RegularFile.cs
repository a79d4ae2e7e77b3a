namespace MemoryWall.Core.Files;

/// <summary>
/// Opens files of folders that other people may have filled. Only a regular file is opened, and no link is followed: a link could lead a
/// reader to a file that it should not show, and a writer to one that it should not change; a pipe would let both wait forever.
/// </summary>
internal static class RegularFile
{
    private const int Attempts = 3;

    /// <summary>Opens a file for reading; others may write, replace or delete it meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bufferSize">As of a <see cref="FileStream"/>.</param>
    /// <exception cref="IOException">It is missing, no regular file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static FileStream OpenRead(string path, int bufferSize = 4096) => Open(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = bufferSize,
    });

    /// <summary>Opens a file that the user named for reading: a link is followed, since the user chose it.</summary>
    /// <inheritdoc cref="OpenRead"/>
    public static FileStream OpenNamed(string path, int bufferSize = 4096) =>
        OpenRead(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path, bufferSize);

    /// <summary>The content of a file up to a size.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The largest size.</param>
    /// <exception cref="IOException">It is missing, no regular file, larger, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static byte[] ReadAllBytes(string path, int maxBytes)
    {
        using var file = OpenRead(path, bufferSize: 0);
        if (file.Length > maxBytes)
            throw new IOException(FormattableString.Invariant($"'{path}' is larger than {maxBytes >> 20} MiB"));
        var bytes = new byte[file.Length];
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) is var read && read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>Opens a file, or creates it where the mode says so. A file that is written has no other name, which would change
    /// too.</summary>
    /// <exception cref="IOException">It is missing or in use, no regular file, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static FileStream Open(string path, FileStreamOptions options)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (FileFacts.Read(path) is { } facts)
            {
                Check(path, facts, options);
                return OpenExisting(path, facts, options);
            }
            if (options.Mode == FileMode.Open)
                throw new FileNotFoundException($"Could not find file '{path}'.", path);
            try
            {
                return new FileStream(path, With(options, FileMode.CreateNew));
            }
            catch (IOException) when (attempt < Attempts && options.Mode != FileMode.CreateNew && FileFacts.Read(path) is not null)
            {
                // Another process has created it meanwhile.
            }
        }
    }

    /// <summary>Whether a regular file has this name; false for a link, whatever it leads to.</summary>
    public static bool Exists(string path)
    {
        try
        {
            return FileFacts.Read(path)?.Kind == FileKind.Regular;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static FileStream OpenExisting(string path, FileFacts facts, FileStreamOptions options)
    {
        if (options.Mode == FileMode.CreateNew)
            throw new IOException($"The file '{path}' already exists.");
        // Nothing is cut before it is known which file was opened.
        var file = new FileStream(path, With(options, FileMode.Open));
        try
        {
            if (FileFacts.Read(file.SafeFileHandle, path).Identity != facts.Identity)
                throw new IOException($"'{path}' was replaced while it was opened");
            if (options.Mode is FileMode.Create or FileMode.Truncate)
                file.SetLength(0);
            if (options.Mode == FileMode.Append)
                file.Seek(0, SeekOrigin.End);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void Check(string path, FileFacts facts, FileStreamOptions options)
    {
        var problem = facts switch
        {
            { Kind: FileKind.Link } => "is a link to another file, and links are not followed here",
            { Kind: FileKind.Folder } => "is a folder",
            { Kind: FileKind.Special } => "is a pipe, a socket or a device, and no file",
            { Links: > 1 } when options.Access.HasFlag(FileAccess.Write) => "has another name, and writing it would change that file too",
            _ => null,
        };
        if (problem is not null)
            throw new IOException($"'{path}' {problem}");
    }

    private static FileStreamOptions With(FileStreamOptions options, FileMode mode)
    {
        var changed = new FileStreamOptions
        {
            Mode = mode,
            Access = options.Access,
            Share = options.Share,
            Options = options.Options,
            BufferSize = options.BufferSize,
        };
        if (mode == FileMode.CreateNew && options.UnixCreateMode is { } permissions && !OperatingSystem.IsWindows())
            changed.UnixCreateMode = permissions;
        return changed;
    }
}
