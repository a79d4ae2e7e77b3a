using System.Runtime.CompilerServices;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Recommendations;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Summary;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;

namespace MemoryWall.Notebooks;

/// <summary>Reads stored runs by name, and analyzes and compares them.</summary>
public static class Runs
{
    private const string ManifestFileName = "run.json";
    private const string BundlePattern = "*.zip";
    private static readonly ConditionalWeakTable<Run, RunReport> s_analyzed = [];

    /// <summary>
    /// Reads a run. The name is a sample of the project (<c>samples/context-sweep</c>, or <c>context-sweep</c> alone), the id of your own
    /// run or its beginning, <c>latest</c>, or the path of a folder or of a zip file (<c>memwall runs export --bundle</c>) with the run.
    /// </summary>
    /// <exception cref="StoreException">The run does not exist or cannot be read.</exception>
    public static Run Open(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        name = name.Trim();
        if (FindFolder(name) is { } folder)
            return OpenFolder(folder);
        if (FindArchive(name) is { } archive)
            return OpenFolder(UnpackedArchives.Open(archive)) with { IsSample = ProgramFiles.HoldsSample(archive) };
        var store = new RunStore(NotebookFolders.Runs);
        if (name != RunSources.Latest)
            return SampleRuns.Find(name) is { } sample && !RunSources.IsKnown(store, name)
                ? OpenFolder(sample)
                : ReadAndRegister(store, name);
        return store.FindLatestId() is { } newest
            ? ReadAndRegister(store, newest)
            : throw new StoreException(NotebookFolders.Runs,
                "has no run yet; make one with 'memwall sweep' or notebook 01, or open a sample, for example 'samples/context-sweep'");
    }

    /// <summary>Reads several runs. The names are those of <see cref="Open"/>, separated by commas; a name that ends in <c>*</c> means all
    /// samples with this beginning, and one that ends in <c>*.zip</c> all zip files of a folder with this beginning.</summary>
    public static Run[] OpenAll(string names)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(names);
        return [.. SplitNames(names).Select(Open)];
    }

    /// <summary>Your own runs, the newest first.</summary>
    public static IReadOnlyList<RunSummary> List() => new RunStore(NotebookFolders.Runs).List();

    /// <summary>The names of the sample runs of the project.</summary>
    public static IReadOnlyList<string> Samples() => [.. ExpandName("samples/*")];

    /// <summary>Everything derived from a run: rates, summaries per context, verdicts. It is computed once.</summary>
    public static RunReport Analysis(Run run) => GetReport(run);

    /// <summary>The conclusions from a run, with the trials that they rest on.</summary>
    public static IReadOnlyList<Verdict> Verdicts(Run run) => GetReport(run).Verdicts;

    internal static RunReport GetReport(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return s_analyzed.GetValue(run, static stored => RunReport.Create(stored));
    }

    /// <summary>Compares two runs: the differences between their manifests, and the ratio of each quantity at each common context, with its
    /// interval.</summary>
    public static Comparison Compare(Run first, Run second) => Comparison.Compare(GetReport(first), GetReport(second), margin: null);

    /// <summary>
    /// Reads results of llama-bench, vLLM, guidellm, AIPerf or Ollama, or the folder of a run, with the reasons to doubt them. The value
    /// can be shown, turned into a table (<see cref="Frame.Audited"/>) or plotted with a run (<see cref="Figure.AuditedResults"/>).
    /// </summary>
    /// <param name="path">A path, absolute or relative to the project's data folder or the current folder.</param>
    /// <param name="settings">Further facts that the user knows; null for none.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AuditedFile Audited(string path, AuditSettings? settings = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var here = Path.Combine(NotebookFolders.Data, path);
        return Auditor.AuditPath(File.Exists(here) || Directory.Exists(here) ? here : path, settings ?? new AuditSettings());
    }

    /// <summary>The main findings for a report: where memory runs out, which phase takes more time, and what context depth costs.</summary>
    /// <param name="run">A context sweep.</param>
    /// <param name="systems">Runs under a memory limit; the last one is compared with each of the others.</param>
    public static IReadOnlyList<SummaryFinding> Findings(Run run, params Run[] systems) =>
        SummaryFindings.Create(GetReport(run), [.. systems.Select(GetReport)]);

    /// <summary>Compares systems under one memory limit: the speed of each at each context and the rate that its storage allows. The last
    /// system is compared with each of the others.</summary>
    public static SystemsReport Systems(params Run[] systems) => SystemsReport.Create([.. systems.Select(GetReport)]);

    /// <summary>How systems serve conversations of several users: how long each user waits for the first token, how much is reused, how
    /// many users a system carries, and what storage must reach. The systems are compared with the one that computes everything
    /// again.</summary>
    /// <param name="slo">The limit for the users that a system carries: <c>ttft=2s</c>; null for none.</param>
    /// <param name="systems">One run a system, from <c>memwall sessions</c>.</param>
    /// <exception cref="FormatException">The limit cannot be read.</exception>
    public static View Sessions(string? slo, params Run[] systems) => SessionsView.Create(CreateSessions(slo, systems));

    /// <summary>As <see cref="Sessions"/>, without a row for each turn.</summary>
    /// <param name="slo">As in <see cref="Sessions"/>.</param>
    /// <param name="systems">As in <see cref="Sessions"/>.</param>
    /// <exception cref="FormatException">The limit cannot be read.</exception>
    public static View SessionSummary(string? slo, params Run[] systems) =>
        SessionsView.Create(CreateSessions(slo, systems), withTurns: false);

    /// <summary>What to do, as far as the runs support it: shorter prompts, a smaller KV cache, more memory, a storage tier, more
    /// repetitions.</summary>
    /// <param name="runs">One run, or the systems of a comparison.</param>
    public static View WhatToDo(params Run[] runs) => RecommendationView.Create(Recommender.Create([.. runs.Select(GetReport)]));

    /// <summary>What findings are based on: model, server, limits and machine.</summary>
    /// <param name="run">The context sweep.</param>
    /// <param name="systems">The runs under a memory limit; none if there are none.</param>
    public static View MeasuredOn(Run run, params Run[] systems) => MeasuredOnView.Create(run, systems);

    /// <summary>
    /// Several runs of the same plan but for its contexts, as one: the trials one after the other with numbers of their own, so that
    /// medians are taken over all of them. Telemetry stays with the single runs, whose clocks differ.
    /// </summary>
    /// <exception cref="ArgumentException">There are none, or they did not measure the same thing.</exception>
    public static Run Combine(params Run[] runs) => RunCombiner.Combine(runs);

    /// <summary>
    /// Which machine is best: generation rate, TTFT, energy, and rates for prices that you enter, of each machine at each context. Other
    /// settings of one machine (limit, threads, type of the KV cache) count as another machine.
    /// </summary>
    /// <param name="names">Runs as for <see cref="OpenAll"/>, one or more a machine, and paths of lakes (<c>memwall lake</c>), separated by
    /// commas.</param>
    /// <param name="prices">What a machine costs, in any currency, and the watts that it takes where no power was read:
    /// <c>laptop=1200@45W; 2=900</c>, a machine by its name or its number; empty for nothing.</param>
    /// <param name="context">The context at which machines are compared: <c>4k</c>; empty for the largest that two of
    /// them have completed.</param>
    /// <param name="model">A part of the model's name; empty for the model that most machines have.</param>
    /// <exception cref="FormatException">An argument cannot be read, or no run fits it.</exception>
    /// <exception cref="StoreException">A run or a lake does not exist or cannot be read.</exception>
    public static MeasuredMachines Machines(string names, string prices = "", string context = "", string model = "")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(names);
        ArgumentNullException.ThrowIfNull(prices);
        return MeasuredMachines.Create(MachineSources.Read(names), prices, context is { Length: > 0 } ? context : null,
            model is { Length: > 0 } ? model : null);
    }

    internal static IEnumerable<string> SplitNames(string names) =>
        names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(ExpandName);

    private static IEnumerable<string> ExpandName(string name)
    {
        if (name.EndsWith(BundlePattern, StringComparison.OrdinalIgnoreCase))
            return ExpandBundles(name);
        if (!name.EndsWith('*'))
            return [name];
        var folder = Path.Combine(NotebookFolders.Data, "samples");
        var found = Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Select(sample => "samples/" + Path.GetFileName(sample))
                .Where(sample => sample.StartsWith(name[..^1], StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList()
            : [];
        return found.Count > 0 ? found : throw new StoreException(folder, $"has no sample whose name begins with '{name[..^1]}'");
    }

    private static IReadOnlyList<string> ExpandBundles(string pattern)
    {
        var (folder, prefix) = (Path.GetDirectoryName(pattern) ?? "", Path.GetFileName(pattern)[..^BundlePattern.Length]);
        var places = new[] { Path.Combine(NotebookFolders.Data, folder), Path.GetFullPath(folder.Length == 0 ? "." : folder) };
        var found = places.Where(Directory.Exists).Select(place => Directory.EnumerateFiles(place, BundlePattern)
                .Where(file => Path.GetFileName(file).StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList())
            .FirstOrDefault(files => files.Count > 0);
        return found ?? throw new StoreException(places[0], $"has no zip file whose name begins with '{prefix}'");
    }

    /// <summary>Reads a run and registers it as a source of the figures that follow.</summary>
    internal static Run ReadAndRegister(RunStore store, string id)
    {
        var run = store.Read(id);
        return ProvenanceRegistry.Add(run, Path.Combine(store.Root, run.Manifest.RunId));
    }

    // A folder is a run, or it contains one run.
    private static Run OpenFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, ManifestFileName)))
            return ReadAndRegister(new RunStore(Path.GetDirectoryName(folder)!), Path.GetFileName(folder));
        var store = new RunStore(folder);
        return store.List() switch
        {
            [var only] => ReadAndRegister(store, only.Id),
            [] => throw new StoreException(folder, "contains no run"),
            var several =>
                throw new StoreException(folder,
                    $"contains {several.Count} runs; name one of them: {string.Join(", ", several.Take(5).Select(run => run.Id))}"),
        };
    }

    // A name without a slash is an id or its beginning, even if the current folder has an entry of that name.
    private static string? FindFolder(string name) => name.AsSpan().IndexOfAny('/', '\\') < 0 ? null
        : new[] { Path.Combine(NotebookFolders.Data, name), name }.Select(Path.GetFullPath).FirstOrDefault(Directory.Exists);

    private static SessionReport CreateSessions(string? slo, Run[] systems) =>
        SessionReport.Create([.. systems.Select(GetReport)], slo is null ? null : CellOption.Parse(nameof(slo), () => Slo.Parse(slo)));

    // No id has a dot.
    private static string? FindArchive(string name) => !name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? null
        : new[] { Path.Combine(NotebookFolders.Data, name), name }.Select(Path.GetFullPath).FirstOrDefault(File.Exists);
}
