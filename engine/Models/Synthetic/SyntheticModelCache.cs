using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Synthetic;

/// <summary>A synthetic model in the cache.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Size">How large it is.</param>
internal sealed record CachedModel(string Path, ByteSize Size);

/// <summary>
/// The cache of synthetic models: files named by all that decides their bytes, in the user's cache folder (<c>MEMWALL_CACHE</c> names
/// another one). Safe for many processes at once.
/// </summary>
internal static class SyntheticModelCache
{
    private static readonly TimeSpan s_lockPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>The folder that is used where a call names none, created where it was missing.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static string EnsureDefaultFolder() => Directory.CreateDirectory(Path.Combine(CacheFolder.Ensure(), "models")).FullName;

    /// <summary>Writes the model unless it is there already and whole; a damaged file is written anew.</summary>
    /// <param name="spec">What to write.</param>
    /// <param name="folder">The cache; null for <see cref="EnsureDefaultFolder"/>.</param>
    /// <param name="progress">Told the part written, 0 to 1, where anything is written.</param>
    /// <param name="cancellation">Stops the writing; what was begun is removed.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="FormatException">The spec has a field that cannot be right.</exception>
    /// <exception cref="IOException">The disk has not the room, or the folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static Task<string> EnsureAsync(
        SyntheticSpec spec, string? folder = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Task.Run(() => WriteIfMissingAsync(spec.Validate(), folder ?? EnsureDefaultFolder(), progress, cancellation), cancellation);

    /// <summary>The shape that a spec's file would have; nothing is written.</summary>
    /// <exception cref="FormatException">The spec has a field that cannot be right.</exception>
    public static ModelShape GetShape(SyntheticSpec spec) => new SyntheticModel(spec.Validate()).Shape;

    /// <summary>What is cached, by name.</summary>
    public static IReadOnlyList<CachedModel> List(string? folder = null)
    {
        var cache = new DirectoryInfo(folder ?? EnsureDefaultFolder());
        return !cache.Exists
            ? []
            : [.. cache.EnumerateFiles("*.gguf").OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => new CachedModel(file.FullName, new ByteSize(file.Length)))];
    }

    /// <summary>Removes a cached model, and what an interrupted writer left of it. A model that is in use goes on working where the system
    /// allows that.</summary>
    /// <exception cref="IOException">It is in use and the system does not allow its removal.</exception>
    public static void Delete(CachedModel model)
    {
        File.Delete(model.Path);
        var lockPath = LockPath(model.Path);
        using var held = TryLock(lockPath);
        if (held is null)
            return; // Someone is writing it right now.
        RemoveLeftovers(model.Path);
        File.Delete(lockPath);
    }

    private static async Task<string> WriteIfMissingAsync(SyntheticSpec spec, string folder, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var model = new SyntheticModel(spec);
        var path = Path.Combine(Path.GetFullPath(folder), model.FileName);
        if (model.IsComplete(path))
            return path;
        // The lock saves a second writer's work; that both would end with a whole file is the atomic write's doing.
        using var held = await LockAsync(LockPath(path), cancellation).ConfigureAwait(false);
        if (model.IsComplete(path))
            return path;
        RemoveLeftovers(path);
        AtomicFile.Write(path, model.FileBytes, stream => model.Write(stream, progress, cancellation));
        return path;
    }

    private static string LockPath(string path) => path + ".lock";

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryLock(path) is { } held)
                return held;
            await Task.Delay(s_lockPoll, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The lock, or null while another process holds it; a process's death releases it.</summary>
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    private static void RemoveLeftovers(string path)
    {
        foreach (var leftover in Directory.EnumerateFiles(Path.GetDirectoryName(path)!,
            Path.GetFileName(path) + ".*" + AtomicFile.TemporaryExtension))
            File.Delete(leftover);
    }
}
