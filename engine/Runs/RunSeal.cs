using System.Security.Cryptography;
using System.Text;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Runs;

/// <summary>
/// Tells the runs that this user began from those of other people: <c>run.seal</c> has the HMAC-SHA-256 of the manifest with a key that
/// only this user can read (<c>runs.key</c> in the cache folder). Who hands a run over cannot make a seal, and a manifest that was changed
/// has none that fits. The seal stays behind when a run is exported.
/// </summary>
internal static class RunSeal
{
    private const string KeyFile = "runs.key";
    private const int KeyBytes = 32;

    /// <summary>Seals a run. Where there is no place for a key, the run has no seal, and resuming it asks for trust.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="manifest">The bytes of its manifest.</param>
    public static void Write(string folder, ReadOnlySpan<byte> manifest)
    {
        try
        {
            if (ReadKey(create: true) is { } key)
                DurableFile.Replace(Path.Combine(folder, RunFiles.Seal), Encoding.ASCII.GetBytes(Compute(key, manifest) + "\n"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not worth a run.
        }
    }

    /// <summary>Whether this user began the run, and its manifest is as it was.</summary>
    public static bool IsOn(string folder)
    {
        try
        {
            var seal = Encoding.ASCII.GetString(RegularFile.ReadAllBytes(Path.Combine(folder, RunFiles.Seal), 1 << 10)).Trim();
            return ReadKey(create: false) is { } key
                && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(seal),
                    Encoding.ASCII.GetBytes(Compute(key, ManifestFile.ReadBytes(Path.Combine(folder, RunFiles.Manifest)))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or StoreException)
        {
            return false;
        }
    }

    private static string Compute(byte[] key, ReadOnlySpan<byte> manifest) => Convert.ToHexStringLower(HMACSHA256.HashData(key, manifest));

    // Null where another user could have read or written it.
    private static byte[]? ReadKey(bool create)
    {
        var path = Path.Combine(CacheFolder.Ensure(), KeyFile);
        if (FileFacts.Read(path) is null && create)
            CreateKey(path);
        return FileFacts.Read(path) is { Kind: FileKind.Regular, IsOwnedByThisUser: true, IsOpenToOthers: false }
            && RegularFile.ReadAllBytes(path, 1 << 10) is { Length: KeyBytes } key
                ? key
                : null;
    }

    private static void CreateKey(string path)
    {
        var temporary = path + "." + Path.GetRandomFileName();
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = RegularFile.Open(temporary, options))
                file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
            // Of several processes the first one wins, and all read its key.
            NewFileName.Give(temporary, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}
