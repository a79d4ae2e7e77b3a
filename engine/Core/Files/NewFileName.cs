using System.Runtime.InteropServices;

namespace MemoryWall.Core.Files;

/// <summary>Gives a file a name that no other file has. <see cref="File.Move(string, string, bool)"/> looks first and renames then on Unix,
/// so that of two processes at once both can succeed, and one replaces the file of the other.</summary>
internal static partial class NewFileName
{
    private const int CurrentFolder = -100;
    private const uint DoNotReplace = 1;
    private const int AlreadyExists = 17;

    /// <summary>Renames a file, to the name of another one where that may be replaced.</summary>
    /// <inheritdoc cref="Give(string, string)"/>
    /// <param name="overwrite">Whether a file of this name is replaced.</param>
    public static void Give(string temporary, string path, bool overwrite)
    {
        if (overwrite)
            File.Move(temporary, path, overwrite: true);
        else
            Give(temporary, path);
    }

    /// <summary>Renames a file. Of many processes that do so at once, one succeeds; on a file system that knows neither a rename without
    /// replacing nor a second name of a file, an existing file is found before the rename only.</summary>
    /// <param name="temporary">The file, which has the new name only after that.</param>
    /// <param name="path">The new name, in the same file system.</param>
    /// <exception cref="IOException">A file has this name, or the system refuses it.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static void Give(string temporary, string path)
    {
        if (TryRename(temporary, path))
            return;
        if (TryLink(temporary, path))
            File.Delete(temporary);
        else
            File.Move(temporary, path, overwrite: false);
    }

    // Linux, apart from network file systems and old C libraries.
    private static bool TryRename(string temporary, string path)
    {
        try
        {
            return OperatingSystem.IsLinux() && Succeeds(Rename(CurrentFolder, temporary, CurrentFolder, path, DoNotReplace), path);
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    // A process that is killed in between leaves both names. On Windows, moving is one step.
    private static bool TryLink(string temporary, string path) => !OperatingSystem.IsWindows() && Succeeds(Link(temporary, path), path);

    private static bool Succeeds(int result, string path)
    {
        if (result != 0 && Marshal.GetLastPInvokeError() == AlreadyExists)
            throw new IOException($"The file '{path}' already exists.", AlreadyExists);
        return result == 0;
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
