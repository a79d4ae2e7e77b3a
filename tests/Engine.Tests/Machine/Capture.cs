using System.Runtime.CompilerServices;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Engine.Tests.Machine;

/// <summary>
/// Files of another machine, unpacked in a temporary folder. <c>Captures/NAME.txt</c> contains many files, each after a line <c>===
/// path</c> (or <c>=== path -> target</c> for a symbolic link), so that names with colons survive a checkout on Windows.
/// </summary>
internal sealed class Capture : IDisposable
{
    private Capture(string folder)
    {
        Folder = folder;
        Root = LinuxRoot.FromFolder(folder);
    }

    public string Folder { get; }

    public LinuxRoot Root { get; }

    public static Capture Unpack(string name) => From(File.ReadAllText(Path.Combine(Here(), "Captures", name + ".txt")));

    public static Capture From(string bundle)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a captured Linux machine needs file names that Windows does not allow");
        var capture = new Capture(Directory.CreateTempSubdirectory("memwall-capture-").FullName);
        foreach (var part in ("\n" + bundle.ReplaceLineEndings("\n")).Split("\n=== ", StringSplitOptions.RemoveEmptyEntries))
        {
            var end = part.IndexOf('\n', StringComparison.Ordinal);
            var head = end < 0 ? part : part[..end];
            if (head.Length == 0)
                continue;
            var link = head.Split(" -> ");
            if (link.Length == 2)
                File.CreateSymbolicLink(capture.Make(link[0]), link[1]);
            else
                File.WriteAllText(capture.Make(head), end < 0 ? "" : part[(end + 1)..] + "\n");
        }
        return capture;
    }

    /// <summary>Rewrites one file of the captured machine in place: an open handle reads the new text.</summary>
    public void Write(string path, string text)
    {
        using var stream = new FileStream(Make(path), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        stream.SetLength(0);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    public string PathOf(string path) => Path.Combine(Folder, path.TrimStart('/'));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>The repository's root.</summary>
    public static string Repository() => Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    private string Make(string path)
    {
        var full = PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
