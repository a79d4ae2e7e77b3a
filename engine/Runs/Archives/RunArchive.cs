using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Archives;

/// <summary>Runs in a zip file, each in a folder with its id, with a checksum for each file (<see cref="ArchiveChecksums"/>). Reading
/// treats the file as data from elsewhere: names in it choose no path, and its size is bounded.</summary>
internal static class RunArchive
{
    /// <summary>The largest size of all files together, unpacked. A run with an hour of telemetry has some 10 MB.</summary>
    public const long MaxBytes = 4L << 30;

    // Constant columns of telemetry compress to a hundredth; a file that is made to fill a disk to a thousandth.
    private const long MaxRatio = 300;
    private const long SmallBytes = 64L << 20;
    private const int MaxEntries = 100_000;
    private const int BufferBytes = 1 << 16;
    private const int LinkMode = 0xA000;
    private const int KindOfMode = 0xF000;

    // Where the files of a run lie at the root of the zip file.
    private const string OnlyRun = "run";

    /// <summary>Writes runs as they may leave the machine (<see cref="ArchivedFile"/>), with their checksums.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="runs">The ids of the runs, each with its folder.</param>
    /// <exception cref="StoreException">A file of a run cannot be read.</exception>
    public static void Write(Stream target, IEnumerable<(string Id, string Folder)> runs)
    {
        using var archive = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        var sums = new List<(string, string)>();
        foreach (var (id, folder) in runs)
        {
            foreach (var path in ArchivedFile.List(folder))
            {
                var name = $"{id}/{Path.GetFileName(path)}";
                sums.Add((name, Add(archive, name, stream => ArchivedFile.Write(stream, path, id))));
            }
        }
        var list = ArchiveChecksums.Format(sums);
        var ofList = Add(archive, ArchiveChecksums.List, stream => stream.Write(list));
        Add(archive, ArchiveChecksums.OfList, stream => stream.Write(ArchiveChecksums.Format([(ArchiveChecksums.List, ofList)])));
    }

    /// <summary>Unpacks the files of runs into folders with the runs' ids. Where the file has checksums, it has to have exactly the files
    /// that they name, as they were; else other entries are ignored.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="folder">An existing, empty folder.</param>
    /// <param name="maxBytes">The largest size of all files together.</param>
    /// <returns>Whether it has checksums.</returns>
    /// <exception cref="StoreException">The file is no zip file, contains no run, is too large, or differs from its checksums.</exception>
    public static bool Extract(string path, string folder, long maxBytes = MaxBytes)
    {
        bool isChecked;
        try
        {
            // The archive does not close a file that it refuses.
            using var source = RegularFile.OpenNamed(path);
            using var archive = new ZipArchive(source, ZipArchiveMode.Read);
            if (archive.Entries.Count > MaxEntries)
                throw new StoreException(path, FormattableString.Invariant($"it has more than {MaxEntries} entries"));
            var sums = ReadChecksums(archive, path);
            isChecked = sums is not null;
            var bounds = new Bounds(maxBytes, Math.Max(SmallBytes, MaxRatio * source.Length));
            if (sums is not null)
                RequireListed(archive, sums, path);
            foreach (var entry in archive.Entries)
            {
                if (FindPlace(entry.FullName) is not var (run, file))
                    continue;
                var place = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, run)).FullName, file);
                var sum = Unpack(entry, place, bounds);
                if (sums is not null && sum != sums[entry.FullName])
                    throw new StoreException(path, $"its file {entry.FullName} was damaged on its way: it differs from its checksum");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StoreException(path, $"it cannot be read as a zip file of runs: {e.Message}", e);
        }
        if (!Directory.EnumerateFiles(folder, RunFiles.Manifest, SearchOption.AllDirectories).Any())
            throw new StoreException(path, $"it contains no run: none of its folders has a {RunFiles.Manifest}");
        return isChecked;
    }

    // Null where there are none.
    private static IReadOnlyDictionary<string, string>? ReadChecksums(ZipArchive archive, string path)
    {
        if (archive.GetEntry(ArchiveChecksums.List) is not { } entry)
            return archive.GetEntry(ArchiveChecksums.OfList) is null ? null
                : throw new StoreException(path, $"its list of checksums, {ArchiveChecksums.List}, is missing");
        var list = ReadBytes(entry);
        var ofList = archive.GetEntry(ArchiveChecksums.OfList) is { } second ? Encoding.UTF8.GetString(ReadBytes(second)) : "";
        if (ofList != $"{ArchiveChecksums.Compute(list)}  {ArchiveChecksums.List}\n")
            throw new StoreException(path, $"its list of checksums was damaged on its way: it differs from {ArchiveChecksums.OfList}");
        return ArchiveChecksums.Parse(list) ?? throw new StoreException(path, $"its list of checksums, {ArchiveChecksums.List}, is none");
    }

    private static void RequireListed(ZipArchive archive, IReadOnlyDictionary<string, string> sums, string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries.Where(entry => entry.FullName is not (ArchiveChecksums.List or ArchiveChecksums.OfList)))
        {
            if (!names.Add(entry.FullName))
                throw new StoreException(path, "it has two files of one name");
            if (!sums.ContainsKey(entry.FullName) || FindPlace(entry.FullName) is not var (run, file) || entry.FullName != $"{run}/{file}")
                throw new StoreException(path, "it has a file without a checksum");
            if (((entry.ExternalAttributes >> 16) & KindOfMode) == LinkMode)
                throw new StoreException(path, $"its file {entry.FullName} is a link");
        }
        if (sums.Keys.FirstOrDefault(name => !names.Contains(name)) is { } missing)
            throw new StoreException(path, $"its file {missing} is missing");
    }

    // Only the last two parts of a name count, and only as names that a store itself would write.
    private static (string Run, string File)? FindPlace(string name)
    {
        var parts = name.Split('/', '\\');
        var run = parts.Length == 1 ? OnlyRun : parts[^2];
        return RunFiles.IsContent(parts[^1]) && RunId.IsValid(run) ? (run, parts[^1]) : null;
    }

    // The size that an entry declares may be wrong, so what counts is what comes out.
    private static string Unpack(ZipArchiveEntry entry, string path, Bounds bounds)
    {
        using var source = entry.Open();
        using var target = RegularFile.Open(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        while (source.Read(buffer) is > 0 and var read)
        {
            bounds.Take(read);
            target.Write(buffer.AsSpan(0, read));
            hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] ReadBytes(ZipArchiveEntry entry)
    {
        using var source = entry.Open();
        using var bytes = new MemoryStream();
        var bounds = new Bounds(ArchiveChecksums.MaxBytes, ArchiveChecksums.MaxBytes);
        var buffer = new byte[BufferBytes];
        while (source.Read(buffer) is > 0 and var read)
        {
            bounds.Take(read);
            bytes.Write(buffer, 0, read);
        }
        return bytes.ToArray();
    }

    // The checksum of what was written.
    private static string Add(ZipArchive archive, string name, Action<Stream> write)
    {
        using var target = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
        using var hash = SHA256.Create();
        using (var both = new CryptoStream(target, hash, CryptoStreamMode.Write, leaveOpen: true))
            write(both);
        return Convert.ToHexStringLower(hash.Hash!);
    }

    private sealed class Bounds(long maxBytes, long maxUnpacked)
    {
        private long _bytes;

        public void Take(int read)
        {
            _bytes += read;
            if (_bytes > maxBytes)
                throw new InvalidDataException(FormattableString.Invariant($"its files are larger than {maxBytes:#,0} bytes together"));
            if (_bytes > maxUnpacked)
                throw new InvalidDataException(FormattableString.Invariant($"its files are more than {MaxRatio} times as large as it is"));
        }
    }
}
