using MemoryWall.Core.Files;

namespace MemoryWall.Runs.Files;

/// <summary>What a process that was killed left under a temporary name. A process that writes one thing for a day has died.</summary>
internal static class AbandonedFile
{
    private static readonly TimeSpan s_age = TimeSpan.FromDays(1);

    /// <summary>Whether a file, or a folder with all of its files, was last written long ago. Another machine's clock may be off by some
    /// hours.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static bool IsOld(string path, TimeProvider time)
    {
        var limit = time.GetUtcNow().UtcDateTime - s_age;
        return FileFacts.Read(path)?.Kind == FileKind.Folder
            ? Directory.EnumerateFiles(path).Prepend(path).All(entry => File.GetLastWriteTimeUtc(entry) < limit)
            : File.GetLastWriteTimeUtc(path) < limit;
    }
}
