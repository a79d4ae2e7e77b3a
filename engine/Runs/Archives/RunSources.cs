using MemoryWall.Core;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Archives;

/// <summary>Finds runs by what a user names: a run or a comparison of the store, a folder or a zip file of runs.</summary>
internal static class RunSources
{
    private const string ComparisonPrefix = "c";
    private const int MaxManifestBytes = 16 << 20;

    /// <summary>The runs of all names, in their order. A comparison's runs are in the order in which they began.</summary>
    /// <param name="store">The store of runs and comparisons.</param>
    /// <param name="names">Ids or their beginnings, folders, zip files.</param>
    /// <exception cref="StoreException">A name means no run, or a run cannot be read.</exception>
    public static IReadOnlyList<Run> Read(RunStore store, IEnumerable<string> names) =>
        [.. names.SelectMany(name => Read(store, name)).DistinctBy(run => run.Manifest.RunId)];

    /// <summary>The names in a list that is separated by commas. A path may contain a comma itself.</summary>
    public static IEnumerable<string> Split(string names) => File.Exists(names) || Directory.Exists(names)
        ? [names]
        : names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>An id for a comparison that begins now. It is never the beginning of a run's id.</summary>
    /// <param name="utc">Wall time at the start of the comparison.</param>
    public static string NewComparisonId(DateTimeOffset utc) => ComparisonPrefix + RunStore.NewId(utc);

    private static IReadOnlyList<Run> Read(RunStore store, string name)
    {
        // A run of the store goes before a file that happens to have its name.
        if (File.Exists(name) && !(RunId.IsValid(name) && store.ListRunIds().Contains(name)))
            return ReadArchive(name);
        if (Directory.Exists(name) && (name.AsSpan().IndexOfAny('/', '\\') >= 0 || !RunId.IsValid(name)))
            return ReadFolder(name);
        if (name.StartsWith(ComparisonPrefix, StringComparison.Ordinal) && FindComparison(store, name) is [_, ..] compared)
            return compared;
        return !RunId.IsValid(name) && !Directory.Exists(name)
            ? throw StoreException.FromSentence(name, $"'{name}' is neither a run nor a folder or zip file of runs.")
            : [store.Read(name)];
    }

    private static IReadOnlyList<Run> FindComparison(RunStore store, string id)
    {
        var all = store.List(withArchived: true);
        if (all.FirstOrDefault(run => run.Problem is not null && Mentions(Path.Combine(store.Root, run.Id), id)) is { } damaged)
            throw new StoreException(Path.Combine(store.Root, damaged.Id), $"a run of '{id}' cannot be read: {damaged.Problem}");
        var runs = all
            .Where(run => run.Manifest?.Comparison?.Id.StartsWith(id, StringComparison.Ordinal) == true)
            .OrderBy(run => run.Manifest!.StartedUtc).ToList();
        return runs.DistinctBy(run => run.Manifest!.Comparison!.Id).Count() <= 1
            ? [.. runs.Select(run => store.Read(run.Id))]
            : throw StoreException.FromSentence(store.Root, $"'{id}' is the beginning of several comparisons. Give more of the id.");
    }

    private static IReadOnlyList<Run> ReadArchive(string path)
    {
        var folder = Directory.CreateTempSubdirectory("memwall-archive-").FullName;
        try
        {
            RunArchive.Extract(path, folder);
            return ReadFolder(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A folder is a run, or it contains runs.
    private static IReadOnlyList<Run> ReadFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, RunFiles.Manifest)))
            return [RunReader.Read(Path.GetFullPath(folder), withMarks: true).Run];
        var store = new RunStore(folder);
        // Who names a folder means all its runs, so none is left out in silence. A folder without a manifest is no run.
        var listed = store.List(withArchived: true)
            .Where(run => run.Problem is null || File.Exists(Path.Combine(store.Root, run.Id, RunFiles.Manifest))).ToList();
        if (listed.FirstOrDefault(run => run.Problem is not null) is { } damaged)
            throw new StoreException(Path.Combine(folder, damaged.Id), $"the run cannot be read: {damaged.Problem}");
        return listed.Count > 0
            ? [.. listed.OrderBy(run => run.Manifest!.StartedUtc).Select(run => store.Read(run.Id))]
            : throw new StoreException(folder, "the folder contains no run");
    }

    // Whether a manifest that cannot be read contains the beginning of a comparison's id.
    private static bool Mentions(string folder, string comparison)
    {
        try
        {
            var manifest = new FileInfo(Path.Combine(folder, RunFiles.Manifest));
            return manifest.Exists && manifest.Length <= MaxManifestBytes
                && File.ReadAllText(manifest.FullName).Contains($"\"{comparison}", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
