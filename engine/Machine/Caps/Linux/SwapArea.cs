using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using MemoryWall.Core.Units;
using Microsoft.Win32.SafeHandles;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// Does what fallocate, mkswap, swapon and swapoff do, by system calls: a tool that outlived this process could turn on a swap file that
/// is not cleaned up.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class SwapArea
{
    private const uint Version = 1;
    private const int BootBytes = 1024;
    private const int NoSuchFile = 2;
    private const int NotInUse = 22;

    private static ReadOnlySpan<byte> Magic => "SWAPSPACE2"u8;

    /// <summary>Makes the file with all its blocks and the header of a swap area (<c>union swap_header</c>, linux/swap.h).</summary>
    /// <exception cref="CapException">There is too little space, or the file system does not support fallocate.</exception>
    public static void CreateFile(string path, ByteSize size)
    {
        // Swapped memory is as secret as memory: only root may read the file, from its first byte on.
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            BufferSize = 0,
        });
        var page = Environment.SystemPageSize;
        var length = size.Bytes / page * page;
        if (Allocate(file.SafeFileHandle, 0, 0, length) != 0)
            throw CreateError($"the file system could not allocate {size} for {path}");
        var header = new byte[page];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(BootBytes), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(BootBytes + 4), (uint)Math.Min(uint.MaxValue, length / page - 1));
        Magic.CopyTo(header.AsSpan(page - Magic.Length));
        file.Write(header);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Turns a swap file on.</summary>
    /// <exception cref="CapException">The system refuses: not root, or a file system without support for swap files.</exception>
    public static void TurnOn(string path)
    {
        if (SwapOn(path, 0) != 0)
            throw CreateError($"the system did not accept {path} as swap");
    }

    /// <summary>Turns a swap file off; false where it is not on, or another process is turning it off at this moment.</summary>
    /// <exception cref="CapException">The swapped memory does not fit into RAM: the file is still in use.</exception>
    public static bool TurnOff(string path)
    {
        if (SwapOff(path) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is NoSuchFile or NotInUse ? false
            : throw CreateError($"the system did not turn off the swap file {path}");
    }

    private static CapException CreateError(string what) => new($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "swapon", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SwapOn(string path, int flags);

    [LibraryImport("libc", EntryPoint = "swapoff", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SwapOff(string path);
}
