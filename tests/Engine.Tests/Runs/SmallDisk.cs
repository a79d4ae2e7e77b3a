using System.Diagnostics;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>A file system of a few KiB, mounted for one test; needs root on Linux.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip(string parent, int kibibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs root on Linux to mount a small file system");
        var path = Directory.CreateDirectory(System.IO.Path.Combine(parent, "disk")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", path),
            "this machine does not allow mounting a small file system");
        return new SmallDisk(path);
    }

    public void Grow(int kibibytes) => Assert.True(Run("mount", "-o", $"remount,size={kibibytes}k", Path));

    public void Dispose() => Assert.True(Run("umount", Path), $"{Path} is still mounted");

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
