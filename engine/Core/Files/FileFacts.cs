using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MemoryWall.Core.Files;

/// <summary>What a name in the file system stands for.</summary>
internal enum FileKind
{
    /// <summary>A file with content.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link, to whatever.</summary>
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Special,
}

/// <summary>What the file system says about a name or an open file; a link is not followed.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Identity">Device and number of the file, which no other file has; null where the system does not tell (not Linux).</param>
/// <param name="Links">The number of its names; 1 where the system does not tell.</param>
/// <param name="Owner">The user id of its owner; null where the system does not tell.</param>
/// <param name="Mode">Its permission bits; null where the system does not tell.</param>
internal sealed partial record FileFacts(FileKind Kind, (ulong Device, ulong Number)? Identity, uint Links, uint? Owner, UnixFileMode? Mode)
{
    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const int TheHandleItself = 0x1000;
    private const uint BasicFields = 0x7FF;
    private const int StructBytes = 256;
    private const int NoSuchFile = 2;
    private const int NotAFolder = 20;

    /// <summary>The user id of this process; null where the system has none.</summary>
    public static uint? ThisUser => OperatingSystem.IsWindows() ? null : GetEffectiveUser();

    /// <summary>Whether the file belongs to the user of this process, or to root; true where the system does not tell.</summary>
    public bool IsOwnedByThisUser => Owner is not { } owner || owner == 0 || owner == ThisUser;

    /// <summary>Whether other users can write it.</summary>
    public bool IsWritableByOthers => Mode is { } mode && (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Whether other users can read or write it.</summary>
    public bool IsOpenToOthers => Mode is { } mode
        && (mode & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) != 0;

    /// <summary>What has this name; null where nothing has it.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static FileFacts? Read(string path)
    {
        if (!OperatingSystem.IsLinux())
            return ReadAttributes(path);
        Span<byte> facts = stackalloc byte[StructBytes];
        if (Stat(CurrentFolder, path, DoNotFollow, BasicFields, ref MemoryMarshal.GetReference(facts)) == 0)
            return Parse(facts);
        var error = Marshal.GetLastPInvokeError();
        return error is NoSuchFile or NotAFolder ? null : throw new IOException($"'{path}': {new Win32Exception(error).Message}");
    }

    /// <summary>What an open file is.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static FileFacts Read(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux())
            return ReadAttributes(path) ?? throw new FileNotFoundException($"Could not find file '{path}'.", path);
        Span<byte> facts = stackalloc byte[StructBytes];
        return StatOpen(handle, "", TheHandleItself, BasicFields, ref MemoryMarshal.GetReference(facts)) == 0
            ? Parse(facts)
            : throw new IOException($"'{path}': {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    // struct statx of linux/stat.h, which is the same on every architecture.
    private static FileFacts Parse(ReadOnlySpan<byte> facts)
    {
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]);
        var kind = (mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            _ => FileKind.Special,
        };
        var device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(facts[136..]) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(facts[140..]);
        return new FileFacts(kind, (device, BinaryPrimitives.ReadUInt64LittleEndian(facts[32..])),
            BinaryPrimitives.ReadUInt32LittleEndian(facts[16..]), BinaryPrimitives.ReadUInt32LittleEndian(facts[20..]),
            (UnixFileMode)(mode & 0x1FF));
    }

    private static FileFacts? ReadAttributes(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists && info.LinkTarget is null)
            return Directory.Exists(path) ? new FileFacts(FileKind.Folder, null, 1, null, null) : null;
        // Not by the attribute of reparse points, which files in the cloud and deduplicated ones have too.
        var kind = info.LinkTarget is not null ? FileKind.Link
            : info.Attributes.HasFlag(FileAttributes.Device) ? FileKind.Special
            : FileKind.Regular;
        return new FileFacts(kind, null, 1, null, OperatingSystem.IsWindows() ? null : info.UnixFileMode);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint mask, ref byte facts);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOpen(SafeFileHandle handle, string path, int flags, uint mask, ref byte facts);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
