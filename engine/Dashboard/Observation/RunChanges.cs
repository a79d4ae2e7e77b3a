using System.Collections.Concurrent;
using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Dashboard.Observation;

/// <summary>How runs differ from the ones before them. A comparison is computed when its row is shown for the first time, one at a
/// time.</summary>
/// <param name="observatory">The runs.</param>
internal sealed class RunChanges(RunObservatory observatory)
{
    private readonly ConcurrentDictionary<(string Before, long BeforeBytes, string After, long AfterBytes), string> _known = [];
    private readonly Lock _gate = new();

    /// <summary>The words for a run; a dash where nothing can be said.</summary>
    /// <param name="id">The run.</param>
    /// <param name="catalog">Finds the run before it.</param>
    public string Describe(string id, RunCatalog catalog)
    {
        if (!RunId.IsValid(id) || catalog.FindBefore(id) is not { } before)
            return NumberFormat.Absent;
        var key = (before, SizeOf(before), id, SizeOf(id));
        if (_known.TryGetValue(key, out var known))
            return known;
        lock (_gate)
            return _known.GetOrAdd(key, _ => Compare(before, id));
    }

    private string Compare(string before, string after)
    {
        try
        {
            var (first, second) = (Read(before), Read(after));
            return HistoryChange.CanDiffer(first, second)
                ? HistoryChange.Format(Comparison.Compare(RunReport.Create(first), RunReport.Create(second), margin: null))
                : NumberFormat.Absent;
        }
        catch (StoreException)
        {
            return NumberFormat.Absent;
        }
    }

    // Doubts, and so which rates are compared, rest on the marks.
    private Core.Run Read(string id) => RunReader.Read(observatory.FindFolder(id), withMarks: true).Run;

    private long SizeOf(string id) =>
        new FileInfo(Path.Combine(observatory.Root, id, RunFiles.Trials)) is { Exists: true } file ? file.Length : 0;
}
