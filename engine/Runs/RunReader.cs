using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>Puts a run together from the files of its folder.</summary>
internal static class RunReader
{
    private static readonly string[] s_appendOnlyFiles = [RunFiles.Trials, RunFiles.Tokens, RunFiles.Events];

    /// <summary>The run, and the trial numbers that may not be used again.</summary>
    public static (Run Run, IReadOnlySet<int> Numbers) Read(string folder, bool withMarks)
    {
        var findings = new ReadWarningCollector();
        var manifest = ManifestFile.Read(Path.Combine(folder, RunFiles.Manifest), findings);
        if (manifest.RunId != Path.GetFileName(folder))
            findings.Add($"run.json: says '{TextCell.Encode(manifest.RunId)}' while its folder is '{Path.GetFileName(folder)}'");
        return StoreException.WrapIOErrors(folder, "reading the run", () => Read(folder, withMarks, manifest, findings));
    }

    private static (Run, IReadOnlySet<int>) Read(string folder, bool withMarks, RunManifest manifest, ReadWarningCollector findings)
    {
        var trials = TrialsFile.Read(Path.Combine(folder, RunFiles.Trials), manifest.Plan, findings);
        var marks = withMarks ? TokensFile.Read(Path.Combine(folder, RunFiles.Tokens), findings) : [];
        var events = EventLog.Read(Path.Combine(folder, RunFiles.Events), findings);
        NoteTornTails(folder, findings);
        var telemetry = TelemetryFiles.ReadAll(folder, manifest.Telemetry);
        foreach (var finding in telemetry.SelectMany(timeline => timeline.ReadWarnings))
            findings.Add(finding);

        var numbers = trials.Select(trial => trial.Number).ToHashSet();
        foreach (var (trial, orphans) in marks.Where(entry => !numbers.Contains(entry.Key)).ToList())
        {
            findings.Add(
                FormattableString.Invariant(
                    $"tokens.csv: {orphans.Count} marks of trial {trial}, which has no row in trials.csv, are left out"));
            marks.Remove(trial);
            numbers.Add(trial);
        }
        numbers.UnionWith(events.Where(e => e.Trial is not null).Select(e => e.Trial!.Value));
        var run = new Run
        {
            Manifest = manifest,
            Trials = trials,
            Events = events,
            Marks = marks.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<StreamMark>)entry.Value),
            Telemetry = telemetry,
            ReadWarnings = findings.ToList(),
        };
        return (run, numbers);
    }

    private static void NoteTornTails(string folder, ReadWarningCollector findings)
    {
        foreach (var name in s_appendOnlyFiles)
        {
            var aside = new FileInfo(Path.Combine(folder, name + RunFiles.TornSuffix));
            if (aside.Exists)
                findings.Add(
                    FormattableString.Invariant(
                        $"{aside.Name}: holds {aside.Length} bytes of torn lines that were moved out of {name} when the run was resumed"));
        }
    }
}
