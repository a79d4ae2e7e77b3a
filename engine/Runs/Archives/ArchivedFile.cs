using System.Text;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Archives;

/// <summary>The files of a run as they may leave the machine: paths are shortened to their last name (<see cref="ArchiveText"/>), and the
/// server's log is left out, because it is full of them.</summary>
internal static class ArchivedFile
{
    private const int MaxTextBytes = 16 << 20;

    /// <summary>The files of a run's folder that travel, in the order of their names.</summary>
    public static IReadOnlyList<string> List(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(path => Travels(Path.GetFileName(path))).Order(StringComparer.Ordinal)];

    /// <summary>Writes the content of a file.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="path">The file.</param>
    /// <param name="id">The run's id.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public static void Write(Stream target, string path, string id) => StoreException.WrapIOErrors(path, "reading it", () =>
    {
        switch (Path.GetFileName(path))
        {
            case RunFiles.Manifest:
                WriteText(target, [ArchiveText.CleanManifest(ReadText(path), id)]);
                break;
            case RunFiles.Label:
                WriteText(target, [ArchiveText.CleanLabel(ReadText(path))]);
                break;
            case RunFiles.Events:
                WriteText(target, ReadLines(path).Select(ArchiveText.CleanJsonLine).OfType<string>());
                break;
            case RunFiles.Trials:
                WriteText(target, ReadLines(path).Select(ArchiveText.CleanCsvLine));
                break;
            default:
                using (var source = RegularFile.OpenRead(path))
                    source.CopyTo(target);
                break;
        }
        return true;
    });

    private static bool Travels(string file) => RunFiles.IsContent(file)
        && !file.StartsWith(RunFiles.ServerLog, StringComparison.Ordinal) && !file.EndsWith(RunFiles.TornSuffix, StringComparison.Ordinal);

    private static string ReadText(string path) =>
        Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path, MaxTextBytes)).TrimStart('\uFEFF');

    // A last line that is being written now is left out.
    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(CommittedLinesStream.Open(path));
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static void WriteText(Stream target, IEnumerable<string> lines)
    {
        using var writer = new StreamWriter(target, leaveOpen: true) { NewLine = "\n" };
        foreach (var line in lines)
            writer.WriteLine(line);
    }
}
