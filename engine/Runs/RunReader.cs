using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Core.Trials;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Labels;
using MemoryWall.Runs.Telemetry;

namespace MemoryWall.Runs;

/// <summary>Reads a run from the files of its folder.</summary>
internal static class RunReader
{
    private static readonly string[] s_appendOnlyFiles = [RunFiles.Trials, RunFiles.Tokens, RunFiles.Events];

    /// <summary>The run, and the trial numbers that must not be used again.</summary>
    public static (Run Run, IReadOnlySet<int> Numbers) Read(string folder, bool withMarks)
    {
        var warnings = new ReadWarningCollector();
        var manifest = ManifestFile.Read(Path.Combine(folder, RunFiles.Manifest), warnings);
        return StoreException.WrapIOErrors(folder, "reading the run", () =>
        {
            var label = LabelFile.Read(folder, manifest, warnings);
            return Read(folder, withMarks, manifest with { Label = label.Label, Note = label.Note }, warnings);
        });
    }

    private static (Run, IReadOnlySet<int>) Read(string folder, bool withMarks, RunManifest manifest, ReadWarningCollector warnings)
    {
        var trials = TrialsFile.Read(Path.Combine(folder, RunFiles.Trials), manifest, warnings);
        var marks = withMarks ? TokensFile.Read(Path.Combine(folder, RunFiles.Tokens), warnings) : [];
        var events = EventLog.Read(Path.Combine(folder, RunFiles.Events), warnings);
        NoteTornTails(folder, warnings);
        var telemetry = TelemetryFiles.ReadAll(folder, manifest.Telemetry);
        foreach (var warning in telemetry.SelectMany(timeline => timeline.ReadWarnings))
            warnings.Add(warning);

        var numbers = trials.Select(trial => trial.Number).ToHashSet();
        foreach (var (trial, orphans) in marks.Where(entry => !numbers.Contains(entry.Key)).ToList())
        {
            warnings.Add(
                FormattableString.Invariant(
                    $"tokens.csv: {orphans.Count} marks of trial {trial} are skipped because trials.csv has no row of it"));
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
            ReadWarnings = warnings.ToList(),
            IsSample = ProgramFiles.HoldsSample(folder),
        };
        return (run, numbers);
    }

    private static void NoteTornTails(string folder, ReadWarningCollector warnings)
    {
        foreach (var name in s_appendOnlyFiles)
        {
            var aside = new FileInfo(Path.Combine(folder, name + RunFiles.TornSuffix));
            if (aside.Exists)
                warnings.Add(
                    FormattableString.Invariant(
                        $"{aside.Name}: contains {aside.Length} bytes of torn lines, moved there from {name} when the run was resumed"));
        }
    }
}
