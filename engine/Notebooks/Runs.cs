using System.Runtime.CompilerServices;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Walls;
using MemoryWall.Audit;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Runs;

namespace MemoryWall.Notebooks;

/// <summary>Stored runs, by name.</summary>
public static class Runs
{
    private const string ManifestFileName = "run.json";
    private static readonly ConditionalWeakTable<Run, RunAnalysis> s_analyses = [];

    /// <summary>
    /// Reads a run: a sample that ships with the project (<c>samples/context-sweep</c>), a run of one's own by its id or a beginning of it,
    /// <c>latest</c>, or a folder.
    /// </summary>
    /// <exception cref="StoreException">There is no such run, or it cannot be read.</exception>
    public static Run Open(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        name = name.Trim();
        if (FindFolder(name) is { } folder)
            return OpenFolder(folder);
        var store = new RunStore(Checkout.Runs);
        if (name != "latest")
            return ReadAndRegister(store, name);
        return store.List().FirstOrDefault(run => run.Problem is null) is { } newest
            ? ReadAndRegister(store, newest.Id)
            : throw new StoreException(Checkout.Runs,
                "holds no run yet; make one with 'memwall sweep' or notebook 01, or open a sample, for example 'samples/context-sweep'");
    }

    /// <summary>Reads several runs: their names with commas between, each as for <see cref="Open"/>; a name that ends in <c>*</c> stands
    /// for all samples that begin so.</summary>
    public static Run[] OpenAll(string names)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(names);
        return [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(ExpandName)
            .Select(Open)];
    }

    /// <summary>One's own runs, the newest first.</summary>
    public static IReadOnlyList<RunSummary> List() => new RunStore(Checkout.Runs).List();

    /// <summary>The names of the samples that ship with the project.</summary>
    public static IReadOnlyList<string> Samples() => [.. ExpandName("samples/*")];

    /// <summary>All that is derived from a run; derived once.</summary>
    public static RunAnalysis Analysis(Run run) => s_analyses.GetValue(run, static key => RunAnalysis.Analyze(key));

    /// <summary>Two runs side by side: what changed in their manifests, and each quantity at each context that both have, as a ratio with
    /// its interval.</summary>
    public static Comparison Compare(Run first, Run second) => Comparison.Compare(first, second, margin: null);

    /// <summary>
    /// Results of llama-bench, vLLM, guidellm, AIPerf or Ollama, or the folder of a run, read with the reasons to doubt them: to be shown,
    /// turned into a table (<see cref="Frame.Audited"/>) or plotted beside a run (<see cref="Figure.AuditedResults"/>).
    /// </summary>
    /// <param name="path">A path, or one within the project's data folder.</param>
    /// <param name="settings">What the user knows beside; null for nothing.</param>
    /// <exception cref="IOException">It cannot be read at all; the message says why.</exception>
    public static AuditedFile Audited(string path, AuditSettings? settings = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var here = Path.Combine(Checkout.Data, path);
        return Auditor.AuditPath(File.Exists(here) || Directory.Exists(here) ? here : path, settings ?? new AuditSettings());
    }

    /// <summary>Three findings for a page to hand over: who takes the time, what depth costs, where memory gives way.</summary>
    /// <param name="run">A context sweep.</param>
    /// <param name="systems">Runs under a memory limit, the one to be held against the others last.</param>
    public static IReadOnlyList<SummaryFinding> Findings(Run run, params Run[] systems) => SummaryFindings.Create(run, systems);

    /// <summary>Systems at one limit side by side: what each does at each context and what storage allows it; the last is held against the
    /// others.</summary>
    public static SystemsComparison Systems(params Run[] systems) => SystemsComparison.Compare(systems);

    /// <summary>What findings rest on: model, server, limits, machine.</summary>
    public static MeasuredOn MeasuredOn(Run run, params Run[] systems) => new(run, systems);

    /// <summary>
    /// Several runs of the same plan but for its contexts, as one: the trials one after the other with numbers of their own, so that
    /// medians are taken over all of them. Telemetry stays with the single runs, whose clocks differ.
    /// </summary>
    /// <exception cref="ArgumentException">There are none, or they did not measure the same thing.</exception>
    public static Run Combine(params Run[] runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Length == 0)
            throw new ArgumentException("no run was given", nameof(runs));
        if (runs.Length == 1)
            return runs[0];
        foreach (var other in runs.Skip(1))
        {
            if (RunDifferences.Find(runs[0].Manifest, other.Manifest) is [var difference, ..])
                throw new ArgumentException(
                    $"runs {runs[0].Manifest.RunId} and {other.Manifest.RunId} differ in {difference.Name} ({difference.First ?? NumberFormat.Absent} and {difference.Second ?? NumberFormat.Absent}), so their trials are not of one kind; compare them instead", nameof(runs));
        }
        var trials = new List<Trial>();
        var marks = new Dictionary<int, IReadOnlyList<StreamMark>>();
        foreach (var run in runs)
        {
            foreach (var trial in run.Trials)
            {
                var number = trials.Count + 1;
                trials.Add(trial with { Number = number });
                if (run.Marks.TryGetValue(trial.Number, out var of))
                    marks[number] = of;
            }
        }
        var plan = runs[0].Manifest.Plan with { Contexts = [.. runs.SelectMany(run => run.Manifest.Plan.Contexts).Distinct()] };
        return new Run
        {
            Manifest = runs[0].Manifest with { Plan = plan },
            Trials = trials,
            Marks = marks,
            ReadWarnings = [.. runs.SelectMany(run => run.ReadWarnings)]
        };
    }

    private static IEnumerable<string> ExpandName(string name)
    {
        if (!name.EndsWith('*'))
            return [name];
        var folder = Path.Combine(Checkout.Data, "samples");
        var found = Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Select(sample => "samples/" + Path.GetFileName(sample))
                .Where(sample => sample.StartsWith(name[..^1], StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList()
            : [];
        return found.Count > 0 ? found : throw new StoreException(folder, $"holds no sample that begins with '{name[..^1]}'");
    }

    /// <summary>Reads a run of a store and notes that what is shown from now on may rest on it.</summary>
    internal static Run ReadAndRegister(RunStore store, string id)
    {
        var run = store.Read(id);
        return ProvenanceRegistry.Add(run, Path.Combine(store.Root, run.Manifest.RunId));
    }

    // A folder is a run itself, or holds one.
    private static Run OpenFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, ManifestFileName)))
            return ReadAndRegister(new RunStore(Path.GetDirectoryName(folder)!), Path.GetFileName(folder));
        var store = new RunStore(folder);
        return store.List() switch
        {
            [var only] => ReadAndRegister(store, only.Id),
            [] => throw new StoreException(folder, "holds no run"),
            var several =>
                throw new StoreException(folder,
                    $"holds {several.Count} runs; name one of them: {string.Join(", ", several.Take(5).Select(run => run.Id))}"),
        };
    }

    // A bare word is an id or a beginning of one, whatever lies in the current folder.
    private static string? FindFolder(string name) => name.AsSpan().IndexOfAny('/', '\\') < 0 ? null
        : new[] { Path.Combine(Checkout.Data, name), name }.Select(Path.GetFullPath).FirstOrDefault(Directory.Exists);
}
