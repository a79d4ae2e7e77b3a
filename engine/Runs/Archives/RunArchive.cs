using System.IO.Compression;
using System.Text;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Archives;

/// <summary>Runs in a zip file, each in a folder with its id. Reading treats the file as data from elsewhere: names in it choose no path,
/// and its size is bounded.</summary>
internal static class RunArchive
{
    /// <summary>The largest size of all files together, unpacked. A run with an hour of telemetry has some 10 MB.</summary>
    public const long MaxBytes = 4L << 30;

    private const int MaxEntries = 100_000;
    private const int MaxTextBytes = 16 << 20;
    private const int BufferBytes = 1 << 16;

    // Where the files of a run lie at the root of the zip file.
    private const string OnlyRun = "run";

    /// <summary>Writes runs as they may leave the machine: paths are shortened to their last name (<see cref="ArchiveText"/>), and the
    /// server's log is left out, because it is full of them.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="runs">The ids of the runs, each with its folder.</param>
    /// <exception cref="StoreException">A file of a run cannot be read.</exception>
    public static void Write(Stream target, IEnumerable<(string Id, string Folder)> runs)
    {
        using var archive = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (id, folder) in runs)
        {
            foreach (var path in Directory.EnumerateFiles(folder).Where(path => Travels(Path.GetFileName(path))).Order())
                Add(archive, path, id);
        }
    }

    /// <summary>Unpacks the files of runs into folders with the runs' ids; other entries are ignored.</summary>
    /// <param name="path">The zip file.</param>
    /// <param name="folder">An existing, empty folder.</param>
    /// <param name="maxBytes">The largest size of all files together.</param>
    /// <exception cref="StoreException">The file is no zip file, contains no run, or is too large.</exception>
    public static void Extract(string path, string folder, long maxBytes = MaxBytes)
    {
        try
        {
            // The archive does not close a file that it refuses.
            using var source = RegularFile.OpenNamed(path);
            using var archive = new ZipArchive(source, ZipArchiveMode.Read);
            if (archive.Entries.Count > MaxEntries)
                throw new StoreException(path, FormattableString.Invariant($"it has more than {MaxEntries} entries"));
            var total = 0L;
            foreach (var entry in archive.Entries)
            {
                if (FindPlace(entry.FullName) is not var (run, file))
                    continue;
                total += Unpack(entry, Path.Combine(Directory.CreateDirectory(Path.Combine(folder, run)).FullName, file),
                    maxBytes - total)
                    ?? throw new InvalidDataException(
                        FormattableString.Invariant($"its files are larger than {maxBytes:#,0} bytes together"));
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StoreException(path, $"it cannot be read as a zip file of runs: {e.Message}", e);
        }
        if (!Directory.EnumerateFiles(folder, RunFiles.Manifest, SearchOption.AllDirectories).Any())
            throw new StoreException(path, $"it contains no run: none of its folders has a {RunFiles.Manifest}");
    }

    // Only the last two parts of a name count, and only as names that a store itself would write.
    private static (string Run, string File)? FindPlace(string name)
    {
        var parts = name.Split('/', '\\');
        var run = parts.Length == 1 ? OnlyRun : parts[^2];
        return RunFiles.IsContent(parts[^1]) && RunId.IsValid(run) ? (run, parts[^1]) : null;
    }

    // Null where the file is larger than it may be.
    private static long? Unpack(ZipArchiveEntry entry, string path, long maxBytes)
    {
        using var source = entry.Open();
        using var target = RegularFile.Open(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write });
        var buffer = new byte[BufferBytes];
        // The size that an entry declares may be wrong, so what counts is what comes out.
        while (source.Read(buffer) is > 0 and var read)
        {
            if (target.Length + read > maxBytes)
                return null;
            target.Write(buffer.AsSpan(0, read));
        }
        return target.Length;
    }

    private static bool Travels(string file) => RunFiles.IsContent(file)
        && !file.StartsWith(RunFiles.ServerLog, StringComparison.Ordinal) && !file.EndsWith(RunFiles.TornSuffix, StringComparison.Ordinal);

    private static void Add(ZipArchive archive, string path, string id) => StoreException.WrapIOErrors(path, "reading it", () =>
    {
        var name = $"{id}/{Path.GetFileName(path)}";
        switch (Path.GetFileName(path))
        {
            case RunFiles.Manifest:
                AddText(archive, name, [ArchiveText.CleanManifest(ReadText(path), id)]);
                break;
            case RunFiles.Label:
                AddText(archive, name, [ArchiveText.CleanLabel(ReadText(path))]);
                break;
            case RunFiles.Events:
                AddText(archive, name, ReadLines(path).Select(ArchiveText.CleanJsonLine).OfType<string>());
                break;
            case RunFiles.Trials:
                AddText(archive, name, ReadLines(path).Select(ArchiveText.CleanCsvLine));
                break;
            default:
                AddBytes(archive, path, name);
                break;
        }
        return true;
    });

    private static string ReadText(string path) =>
        Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path, MaxTextBytes)).TrimStart('\uFEFF');

    // A last line that is being written now is left out.
    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(CommittedLinesStream.Open(path));
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static void AddText(ZipArchive archive, string name, IEnumerable<string> lines)
    {
        using var target = new StreamWriter(archive.CreateEntry(name, CompressionLevel.Optimal).Open()) { NewLine = "\n" };
        foreach (var line in lines)
            target.WriteLine(line);
    }

    private static void AddBytes(ZipArchive archive, string path, string name)
    {
        using var source = RegularFile.OpenRead(path);
        using var target = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
        source.CopyTo(target);
    }
}
