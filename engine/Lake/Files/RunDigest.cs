using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Files;

/// <summary>Tells whether a run is as it was: the SHA-256 of the names, lengths and bytes of its files without the server's log.</summary>
internal static class RunDigest
{
    private const int Digits = 16;
    private const int BufferBytes = 1 << 16;

    /// <summary>The first digits of the digest of a run's folder.</summary>
    /// <exception cref="StoreException">A file cannot be read.</exception>
    public static string Compute(string runFolder) => StoreException.WrapIOErrors(runFolder, "reading the run", () =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = new byte[sizeof(long)];
        foreach (var path in Directory.EnumerateFiles(runFolder).Where(path => Counts(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal))
        {
            using var file = RegularFile.OpenRead(path, BufferBytes);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path) + "\n"));
            BinaryPrimitives.WriteInt64LittleEndian(length, file.Length);
            hash.AppendData(length);
            var buffer = new byte[BufferBytes];
            while (file.Read(buffer) is > 0 and var read)
                hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Digits];
    });

    private static bool Counts(string name) => RunFiles.IsContent(name)
        && !name.StartsWith(RunFiles.ServerLog, StringComparison.Ordinal) && !name.EndsWith(RunFiles.TornSuffix, StringComparison.Ordinal);
}
