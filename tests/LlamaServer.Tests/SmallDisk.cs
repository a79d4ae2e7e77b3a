using System.Diagnostics;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>An ext4 file system in a file, which can be filled and damaged. Skips the test where this machine does not allow it.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _image;

    public SmallDisk(string folder, long bytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small file system needs root on Linux");
        _image = System.IO.Path.Combine(folder, "disk.img");
        Path = Directory.CreateDirectory(System.IO.Path.Combine(folder, "disk")).FullName;
        using (var image = File.Create(_image))
            image.SetLength(bytes);
        Assert.SkipUnless(Run("mkfs.ext4", "-q", "-m", "0", _image) && Run("mount", "-o", "loop", _image, Path),
            "this machine does not allow mounting a small file system");
    }

    public string Path { get; }

    /// <summary>Fills the disk up to this many free bytes.</summary>
    public void Fill(long leave)
    {
        using var filler = File.OpenHandle(System.IO.Path.Combine(Path, "filler"), FileMode.CreateNew, FileAccess.Write,
            preallocationSize: new DriveInfo(Path).AvailableFreeSpace - leave);
    }

    /// <summary>Truncates the disk's file at this offset, so that reads beyond it fail.</summary>
    public void Break(long from)
    {
        using var image = new FileStream(_image, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        image.SetLength(from);
    }

    /// <summary>Creates a file on the disk that cannot be deleted until the result is disposed.</summary>
    public IDisposable Keep(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, "kept");
        Assert.SkipUnless(Run("chattr", "+i", path), "this machine cannot protect a file from deletion");
        return new Kept(path);
    }

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private sealed class Kept(string path) : IDisposable
    {
        public void Dispose() => Run("chattr", "-i", path);
    }
}
