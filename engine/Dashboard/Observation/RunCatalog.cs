using System.Collections.Concurrent;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Labels;

namespace MemoryWall.Dashboard.Observation;

/// <summary>The history: all runs, page by page. A run is read when its row is shown or searched for the first time, and again when its
/// trials or its label have changed.</summary>
/// <param name="observatory">The runs.</param>
internal sealed class RunCatalog(RunObservatory observatory)
{
    /// <summary>Rows of a page.</summary>
    public const int PageSize = 50;

    // A row further down is no longer the one before.
    private const int MaxLookBack = 200;

    private readonly ConcurrentDictionary<string, (Version Version, HistoryRow Row)> _rows = [];

    /// <summary>One page of the runs, newest first.</summary>
    /// <param name="page">The page, from 0.</param>
    /// <param name="search">A part of the row's text; empty for all runs.</param>
    public (IReadOnlyList<HistoryRow> Rows, int Count) List(int page, string search)
    {
        var ids = observatory.ListIds();
        var from = Math.Max(0, page) * PageSize;
        if (search.Length == 0)
            return ([.. ids.Skip(from).Take(PageSize).Select(Read)], ids.Count);
        var found = ids.Select(Read).Where(row => row.Contains(search)).ToList();
        return ([.. found.Skip(from).Take(PageSize)], found.Count);
    }

    /// <summary>The newest run before another one with the same model and method; null where there is none.</summary>
    /// <param name="id">The other one.</param>
    public string? FindBefore(string id)
    {
        var row = Read(id);
        return row.Problem is not null ? null : observatory.ListIds().SkipWhile(other => other != id).Skip(1).Take(MaxLookBack)
            .FirstOrDefault(other => Read(other) is { Problem: null } before && before.Subject == row.Subject);
    }

    private HistoryRow Read(string id)
    {
        var folder = Path.Combine(observatory.Root, id);
        var version = Version.Read(folder);
        if (_rows.TryGetValue(id, out var known) && known.Version == version)
            return known.Row;
        var row = ReadRow(id, folder);
        _rows[id] = (version, row);
        return row;
    }

    private static HistoryRow ReadRow(string id, string folder)
    {
        try
        {
            var warnings = new ReadWarningCollector();
            var manifest = ManifestFile.Read(Path.Combine(folder, RunFiles.Manifest), warnings);
            var label = LabelFile.Read(folder, manifest, warnings);
            var trials = StoreException.WrapIOErrors(folder, "reading the run",
                () => TrialsFile.Read(Path.Combine(folder, RunFiles.Trials), manifest, warnings));
            return HistoryRow.Create(manifest with { Label = label.Label, Note = label.Note }, trials, label.IsArchived);
        }
        catch (StoreException error)
        {
            return HistoryRow.CreateUnreadable(id, ArchiveText.Clean(error.Reason));
        }
    }

    private readonly record struct Version(long Trials, DateTime Label)
    {
        public static Version Read(string folder)
        {
            var trials = new FileInfo(Path.Combine(folder, RunFiles.Trials));
            return new Version(trials.Exists ? trials.Length : 0, File.GetLastWriteTimeUtc(Path.Combine(folder, RunFiles.Label)));
        }
    }
}
