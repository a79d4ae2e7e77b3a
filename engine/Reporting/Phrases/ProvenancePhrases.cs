using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Where exported numbers come from.</summary>
internal static class ProvenancePhrases
{
    /// <summary>The run, its date, machine, model, versions and doubts, one line each.</summary>
    public static IEnumerable<string> Describe(RunReport run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var manifest = run.Manifest;
        var label = manifest.Label is { } known ? $" “{WordFormat.SingleLine(known)}”" : "";
        var system = manifest.Plan.System is { } name ? $", system {WordFormat.SingleLine(name)}" : "";
        yield return $"Run {manifest.RunId}{label}{system}, measured {NumberFormat.Time(manifest.StartedUtc)}.";
        yield return $"Model {WordFormat.SingleLine(manifest.Target.Model)} on {manifest.Target.Kind}"
            + $"{(manifest.Target.ServerVersion is { } version ? $" {WordFormat.SingleLine(WordFormat.Version(version))}" : "")}, "
            + $"{CapPhrases.Format(manifest.Plan.Cap)}, {WordFormat.Count(manifest.Plan.Repetitions, "repetition")} at each context.";
        yield return $"Machine: {WordFormat.SingleLine(MachineLabel.Create(manifest.Machine))}"
            + $"{(manifest.Machine.Kernel is { } kernel ? $", kernel {kernel}" : "")}.";
        yield return $"Measured with MemoryWall {WordFormat.Version(manifest.EngineVersion)}.";
        if (manifest.Note is { } note)
            yield return $"Note: {WordFormat.SingleLine(note)}";
        foreach (var doubt in DescribeDoubts(run))
            yield return doubt;
    }

    /// <summary>The run in a few words, for the foot of a page.</summary>
    public static string DescribeShortly(RunReport run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return $"run {run.Manifest.RunId} · {NumberFormat.Time(run.Manifest.StartedUtc)} · "
            + WordFormat.SingleLine(run.Manifest.Target.Model, maxLength: 60);
    }

    private static IEnumerable<string> DescribeDoubts(RunReport run)
    {
        var measured = run.Trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var failed = measured.GroupBy(view => view.Trial.Outcome.Kind).Where(group => !group.First().Trial.Outcome.IsCompleted)
            .Select(group => (Count: group.Count(), Words: WordFormat.Words(group.Key)));
        var doubted = measured.SelectMany(view => view.Doubts.DistinctBy(doubt => doubt.Kind)).GroupBy(doubt => doubt.Kind)
            .Select(group => (Count: group.Count(), Words: DoubtPhrases.Label(group.First())));
        foreach (var (count, words) in failed.Concat(doubted))
            yield return $"{NumberFormat.Tokens(count)} of {WordFormat.Count(measured.Count, "trial")}: {words}.";
    }
}
