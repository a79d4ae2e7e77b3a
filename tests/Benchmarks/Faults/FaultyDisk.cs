using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MemoryWall.Benchmarks.Faults;

/// <summary>An ext4 file system in a file, which can be filled or can lose its device (Linux, root).</summary>
internal sealed partial class FaultyDisk : IDisposable
{
    // EXT4_IOC_SHUTDOWN of the kernel's ext4.h.
    private const nuint ShutDown = 0x8004587D;

    private const long Bytes = 160 << 20;
    private readonly string _image;

    private FaultyDisk(string folder)
    {
        _image = Path.Combine(folder, "disk.img");
        Folder = Directory.CreateDirectory(Path.Combine(folder, "disk")).FullName;
        using (var image = File.Create(_image))
            image.SetLength(Bytes);
        Run("mkfs.ext4", "-q", "-m", "0", _image);
        Mount();
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>Makes and mounts a file system.</summary>
    public static FaultyDisk Create(string folder) => new(folder);

    /// <summary>Leaves no free byte.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Path.Combine(Folder, "filler"), FileMode.Create);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                filler.Write(block);
                filler.Flush();
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>Frees what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Path.Combine(Folder, "filler"));

    /// <summary>Lets the file system end as if its device had failed: what was not flushed is lost, and all that follows is an
    /// input/output error.</summary>
    public void Abort()
    {
        using var folder = new SafeFileHandle(Open(Folder, 0), ownsHandle: true);
        var withoutJournal = 2u;
        if (Control(folder, ShutDown, ref withoutJournal) != 0)
            throw new InvalidOperationException($"{Folder} could not be shut down: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Repairs it from its journal.</summary>
    public void Repair()
    {
        Run("umount", Folder);
        Mount();
    }

    public void Dispose() => Run("umount", "-l", Folder);

    private void Mount() => Run("mount", "-o", "loop", _image, Folder);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, ref uint argument);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
