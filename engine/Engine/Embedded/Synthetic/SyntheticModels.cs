using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MemoryWall.Models.Gguf;
using MemoryWall.Units;

namespace MemoryWall.Embedded.Synthetic;

/// <summary>Keeps synthetic models in the user's cache folder, each under a name made of what decides its bytes.</summary>
public static class SyntheticModels
{
    /// <summary>Names another cache folder.</summary>
    public const string CacheVariable = "MEMWALL_CACHE";

    private const string Suffix = ".gguf";

    /// <summary>The cache folder: <see cref="CacheVariable"/>, else the system's place for caches, else the folder for temporary files.</summary>
    public static string CacheDirectory
    {
        get
        {
            if (Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } named)
                return named;
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && OperatingSystem.IsLinux())
                return Path.Combine(xdg, "memwall");
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var caches = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : home.Length == 0 ? ""
                : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
                : Path.Combine(home, ".cache");
            return Path.Combine(caches.Length == 0 ? Path.GetTempPath() : caches, "memwall");
        }
    }

    /// <summary>Where the model of this shape lies, or would lie.</summary>
    public static string PathOf(SyntheticShape shape)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"v{SyntheticModel.WriterVersion};{shape.Key}");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..12];
        return Path.Combine(CacheDirectory, $"{shape.Name}-{hash}{Suffix}");
    }

    /// <summary>The path of a whole model of this shape; written first where there is none.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="writing">Told that a file of this size is about to be written; not called where one lies ready.</param>
    /// <exception cref="EmbeddedServerException">There is not enough room, or the folder cannot be written.</exception>
    public static string Ensure(SyntheticShape shape, Action<ByteSize>? writing = null)
    {
        var path = PathOf(shape);
        if (IsWhole(path))
            return path;
        var model = SyntheticModel.Of(shape);
        try
        {
            Directory.CreateDirectory(CacheDirectory);
            CheckRoom(model.DataBytes);
            writing?.Invoke(new ByteSize(model.DataBytes));
            Write(model, path);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedServerException($"the synthetic model cannot be written to '{path}': {error.Message}; {CacheVariable} names another folder");
        }
    }

    /// <summary>The models in the cache: path and size.</summary>
    public static IReadOnlyList<(string Path, ByteSize Size)> List() =>
        Directory.Exists(CacheDirectory)
            ? [.. Directory.EnumerateFiles(CacheDirectory, "*" + Suffix).Order(StringComparer.Ordinal).Select(path => (path, new ByteSize(new FileInfo(path).Length)))]
            : [];

    // The header says where every tensor ends; a file that was cut short or damaged at its front does not pass.
    private static bool IsWhole(string path)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            GgufReader.Read(path);
            return true;
        }
        catch (Exception error) when (error is GgufException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void CheckRoom(long bytes)
    {
        var needed = bytes + 64 * ByteSize.MiB;
        var free = new DriveInfo(Path.GetFullPath(CacheDirectory)).AvailableFreeSpace;
        if (free < needed)
            throw new EmbeddedServerException($"the synthetic model needs {new ByteSize(needed)} in '{CacheDirectory}', where {new ByteSize(free)} are free; {CacheVariable} names another folder");
    }

    // Two processes may write the same model at once: each writes a file of its own, and the last to finish gives it the name.
    private static void Write(GgufWriter model, string path)
    {
        var temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.part";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
            {
                model.Write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
