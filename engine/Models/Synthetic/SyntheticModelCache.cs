using MemoryWall.Core.Facts;
using MemoryWall.Core.Files;
using MemoryWall.Core.Units;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Synthetic;

/// <summary>A synthetic model in the cache.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Size">Its size.</param>
internal sealed record CachedModel(string Path, ByteSize Size);

/// <summary>
/// The cache of synthetic models in the user's cache folder (or in <c>MEMWALL_CACHE</c>). File names include a hash of everything that
/// affects the bytes. Safe for concurrent processes.
/// </summary>
internal static class SyntheticModelCache
{
    private static readonly TimeSpan s_lockPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the default folder; creates it if it is missing.</summary>
    /// <exception cref="IOException">It cannot be created, or other users could put files into it.</exception>
    public static string EnsureDefaultFolder() => CacheFolder.Ensure("models");

    /// <summary>Writes the model unless a complete file exists; a damaged file is replaced.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="folder">The cache; null for <see cref="EnsureDefaultFolder"/>.</param>
    /// <param name="progress">Receives the written share, 0 to 1, if the model has to be written.</param>
    /// <param name="cancellation">Stops the writing and removes the incomplete file.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="FormatException">A field of the spec is invalid.</exception>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public static Task<string> EnsureAsync(
        SyntheticSpec spec, string? folder = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Task.Run(() => WriteIfMissingAsync(spec.Validate(), folder ?? EnsureDefaultFolder(), progress, cancellation), cancellation);

    /// <summary>The shape of a spec's model, without writing a file.</summary>
    /// <exception cref="FormatException">A field of the spec is invalid.</exception>
    public static ModelShape GetShape(SyntheticSpec spec) => new SyntheticModel(spec.Validate()).Shape;

    /// <summary>Whether the model's file is in the default folder; writes nothing.</summary>
    public static bool Has(SyntheticSpec spec) =>
        File.Exists(Path.Combine(EnsureDefaultFolder(), new SyntheticModel(spec.Validate()).FileName));

    /// <summary>The cached models, ordered by name.</summary>
    public static IReadOnlyList<CachedModel> List(string? folder = null)
    {
        var cache = new DirectoryInfo(folder ?? EnsureDefaultFolder());
        return !cache.Exists
            ? []
            : [.. cache.EnumerateFiles("*.gguf").OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => new CachedModel(file.FullName, new ByteSize(file.Length)))];
    }

    /// <summary>Removes a cached model and the files of interrupted writers. A model in use keeps working where the system allows
    /// it.</summary>
    /// <exception cref="IOException">It is in use and the system does not allow its removal.</exception>
    public static void Delete(CachedModel model)
    {
        File.Delete(model.Path);
        var lockPath = LockPath(model.Path);
        using var fileLock = TryLock(lockPath);
        if (fileLock is null)
            return; // Another process is writing it.
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
        // The lock only avoids duplicate work; the atomic write ensures that the file is complete.
        using var fileLock = await LockAsync(LockPath(path), cancellation).ConfigureAwait(false);
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
            if (TryLock(path) is { } fileLock)
                return fileLock;
            await Task.Delay(s_lockPoll, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the lock; null while another process has it. The system releases it when its process ends.</summary>
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
