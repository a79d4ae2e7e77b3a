using System.Text;
using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Runs.Archives;

/// <summary>Finds runs by what a user names: a run or a comparison of the store, <c>latest</c>, a sample of the project, a folder or a zip
/// file of runs. Every command that takes a run finds it here.</summary>
internal static class RunSources
{
    /// <summary>The name of the newest run that is not archived.</summary>
    public const string Latest = "latest";

    private const string ComparisonPrefix = "c";
    private const int MaxManifestBytes = 16 << 20;

    /// <summary>The runs of all names, in their order. A comparison's runs are in the order in which they began.</summary>
    /// <param name="store">The store of runs and comparisons.</param>
    /// <param name="names">Ids or their beginnings, <c>latest</c>, samples, folders, zip files.</param>
    /// <param name="withMarks">Whether to read the stream marks, the largest part of a run, too.</param>
    /// <exception cref="StoreException">A name means no run, or a run cannot be read.</exception>
    public static IReadOnlyList<Run> Read(RunStore store, IEnumerable<string> names, bool withMarks = true)
    {
        using var named = Open(store, names);
        return [.. named.Runs.Select(run => RunReader.Read(run.Folder, withMarks).Run)];
    }

    /// <summary>The folders of the runs of all names, in their order; each run once.</summary>
    /// <inheritdoc cref="Read"/>
    public static NamedRuns Open(RunStore store, IEnumerable<string> names)
    {
        var unpacked = new List<string>();
        try
        {
            return new NamedRuns(
                [.. names.SelectMany(name => FindFolders(store, name, unpacked)).Select(CreateNamed).DistinctBy(run => run.Id)], unpacked);
        }
        catch
        {
            NamedRuns.Remove(unpacked);
            throw;
        }
    }

    /// <summary>The id of a run of the store that is about to be changed.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The id or its beginning, <c>latest</c>, or its folder.</param>
    /// <exception cref="StoreException">There is no such run, or it is not the store's own.</exception>
    public static string FindOwn(RunStore store, string name)
    {
        if (name.AsSpan().IndexOfAny('/', '\\') < 0 && !File.Exists(name))
            return name == Latest && !store.ListRunIds().Contains(name) ? FindLatest(store)
                : SampleRuns.Find(name) is null || IsKnown(store, name) ? store.FindId(name) : throw RefuseSample(name);
        if (SampleRuns.Find(name) is not null || (Directory.Exists(name) && ProgramFiles.HoldsSample(name)))
            throw RefuseSample(name);
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(name));
        return Path.GetDirectoryName(folder) == store.Root && Directory.Exists(folder)
            ? store.FindId(Path.GetFileName(folder))
            : throw StoreException.FromSentence(name, $"'{name}' is not a run of {store.Root}, and only those can be changed; "
                + "--runs names another folder, and memwall runs import adds the runs of a zip file.");
    }

    /// <summary>Whether a run of the store has this id or begins with it.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static bool IsKnown(RunStore store, string name) =>
        store.ListRunIds().Any(id => id.StartsWith(name, StringComparison.Ordinal));

    /// <summary>The names in a list that is separated by commas. A path may contain a comma itself.</summary>
    public static IEnumerable<string> Split(string names) => File.Exists(names) || Directory.Exists(names)
        ? [names]
        : names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>An id for a comparison that begins now. It is never the beginning of a run's id.</summary>
    /// <param name="utc">Wall time at the start of the comparison.</param>
    public static string NewComparisonId(DateTimeOffset utc) => ComparisonPrefix + RunStore.NewId(utc);

    private static StoreException RefuseSample(string name) => StoreException.FromSentence(name,
        $"'{name}' is a sample of the project, and samples stay as they are.");

    private static NamedRun CreateNamed(string folder)
    {
        var id = ManifestFile.Read(Path.Combine(folder, RunFiles.Manifest), new ReadWarningCollector()).RunId;
        return new NamedRun(id, folder, SampleRuns.NameOf(folder));
    }

    private static IReadOnlyList<string> FindFolders(RunStore store, string name, List<string> unpacked)
    {
        // A run of the store goes before a file or a sample that happens to have its name.
        if (RunId.IsValid(name) && store.ListRunIds().Contains(name))
            return [Path.Combine(store.Root, name)];
        if (name == Latest)
            return [Path.Combine(store.Root, FindLatest(store))];
        if (File.Exists(name))
            return Unpack(name, unpacked);
        var isPath = !RunId.IsValid(name);
        if (isPath && SampleRuns.Find(name) is { } sample && name.StartsWith(SampleRuns.Prefix, StringComparison.Ordinal))
            return ListFolder(sample);
        if (isPath && Directory.Exists(name))
            return ListFolder(name);
        if (isPath)
            throw StoreException.FromSentence(name, name.StartsWith(SampleRuns.Prefix, StringComparison.Ordinal)
                ? $"There is no sample '{name}'; there is {string.Join(", ", SampleRuns.List())}."
                : $"'{name}' is neither a run nor a folder or zip file of runs.");
        if (IsComparison(name) && FindComparison(store, name) is [_, ..] compared)
            return compared;
        if (IsKnown(store, name))
            return [Path.Combine(store.Root, store.FindId(name))];
        // Nothing in the store has this name.
        return SampleRuns.Find(name) is { } known ? ListFolder(known)
            : File.Exists(Path.Combine(name, RunFiles.Manifest)) ? ListFolder(name)
            : throw MissingRun(store, name);
    }

    private static StoreException MissingRun(RunStore store, string name) => StoreException.FromSentence(store.Root,
        $"There is no run '{name}' in {store.Root}; memwall runs list names them"
        + (SampleRuns.List() is [var sample, ..] ? $", and there are samples of the project, for example {sample}." : "."));

    private static string FindLatest(RunStore store) => store.FindLatestId() ?? throw StoreException.FromSentence(store.Root,
        $"There is no run in {store.Root} yet; make one with memwall sweep"
        + (SampleRuns.List() is [var sample, ..] ? $", or name a sample, for example {sample}." : "."));

    // The date of a comparison's id follows.
    private static bool IsComparison(string name) => name.StartsWith(ComparisonPrefix, StringComparison.Ordinal)
        && (name.Length == ComparisonPrefix.Length || char.IsAsciiDigit(name[ComparisonPrefix.Length]));

    private static IReadOnlyList<string> FindComparison(RunStore store, string id)
    {
        var all = store.List(withArchived: true);
        if (all.FirstOrDefault(run => run.Problem is not null && Mentions(Path.Combine(store.Root, run.Id), id)) is { } damaged)
            throw new StoreException(Path.Combine(store.Root, damaged.Id), $"a run of '{id}' cannot be read: {damaged.Problem}");
        var runs = all
            .Where(run => run.Manifest?.Comparison?.Id.StartsWith(id, StringComparison.Ordinal) == true)
            .OrderBy(run => run.Manifest!.StartedUtc).ToList();
        return runs.DistinctBy(run => run.Manifest!.Comparison!.Id).Count() <= 1
            ? [.. runs.Select(run => Path.Combine(store.Root, run.Id))]
            : throw StoreException.FromSentence(store.Root, $"'{id}' is the beginning of several comparisons. Give more of the id.");
    }

    private static IReadOnlyList<string> Unpack(string path, List<string> unpacked)
    {
        var folder = Directory.CreateTempSubdirectory("memwall-archive-").FullName;
        unpacked.Add(folder);
        RunArchive.Extract(path, folder);
        return ListFolder(folder);
    }

    // A folder is a run, or it contains runs.
    private static IReadOnlyList<string> ListFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, RunFiles.Manifest)))
            return [Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))];
        var store = new RunStore(folder);
        // Who names a folder means all its runs, so none is left out in silence. A folder without a manifest is no run.
        var listed = store.List(withArchived: true)
            .Where(run => run.Problem is null || File.Exists(Path.Combine(store.Root, run.Id, RunFiles.Manifest))).ToList();
        if (listed.FirstOrDefault(run => run.Problem is not null) is { } damaged)
            throw new StoreException(Path.Combine(folder, damaged.Id), $"the run cannot be read: {damaged.Problem}");
        return listed.Count > 0
            ? [.. listed.OrderBy(run => run.Manifest!.StartedUtc).Select(run => Path.Combine(store.Root, run.Id))]
            : throw new StoreException(folder, "the folder contains no run");
    }

    // Whether a manifest that cannot be read contains the beginning of a comparison's id.
    private static bool Mentions(string folder, string comparison)
    {
        try
        {
            var manifest = RegularFile.ReadAllBytes(Path.Combine(folder, RunFiles.Manifest), MaxManifestBytes);
            return Encoding.UTF8.GetString(manifest).Contains($"\"{comparison}", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
