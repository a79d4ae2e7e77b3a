using System.ComponentModel;
using System.Diagnostics;

namespace MemoryWall.Tests;

/// <summary>An ext4 file system in a file, which can be filled and damaged (Linux, root).</summary>
internal sealed class LoopDisk : IDisposable
{
    private readonly string _image;

    private LoopDisk(string folder, long bytes)
    {
        _image = System.IO.Path.Combine(folder, "disk.img");
        Path = Directory.CreateDirectory(System.IO.Path.Combine(folder, "disk")).FullName;
        using (var image = File.Create(_image))
            image.SetLength(bytes);
        Run("mkfs.ext4", "-q", "-m", "0", _image);
        Mount();
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Makes and mounts a file system.</summary>
    /// <param name="folder">The folder of its file and of its mount point.</param>
    /// <param name="bytes">Its size.</param>
    /// <exception cref="InvalidOperationException">This machine does not allow it.</exception>
    public static LoopDisk Create(string folder, long bytes) => new(folder, bytes);

    /// <summary>Fills the disk up to about this many free bytes.</summary>
    public void Fill(long leave)
    {
        using var filler = File.OpenHandle(Filler, FileMode.CreateNew, FileAccess.Write,
            preallocationSize: new DriveInfo(Path).AvailableFreeSpace - leave);
    }

    /// <summary>Leaves no free byte.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create);
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

    /// <summary>Frees what a <see cref="Fill()"/> took.</summary>
    public void Free() => File.Delete(Filler);

    /// <summary>Truncates the disk's file at this offset, so that reads beyond it fail.</summary>
    public void Break(long from)
    {
        using var image = new FileStream(_image, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        image.SetLength(from);
    }

    /// <summary>Mounts it again, which repairs it from its journal.</summary>
    public void Remount()
    {
        Run("umount", Path);
        Mount();
    }

    public void Dispose() => Run("umount", "-l", Path);

    /// <summary>Runs a program.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or says no.</exception>
    public static void Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException($"{program}: {error.Message}", error);
        }
    }

    private void Mount() => Run("mount", "-o", "loop", _image, Path);
}
