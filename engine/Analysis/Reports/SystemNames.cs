using MemoryWall.Core;

namespace MemoryWall.Analysis.Reports;

/// <summary>Names of compared runs, each different from the others.</summary>
internal static class SystemNames
{
    /// <summary>The name of each run, with its id where its system and label do not distinguish it.</summary>
    public static IReadOnlyList<string> Create(IReadOnlyList<RunManifest> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var names = Label(runs);
        return [.. runs.Zip(names, (run, name) => name is null ? run.RunId : IsUnique(names, name) ? name : $"{name} (run {run.RunId})")];
    }

    /// <summary>The names where system and label distinguish all runs; null where they do not.</summary>
    public static IReadOnlyList<string>? FindDistinct(IReadOnlyList<RunManifest> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var names = Label(runs);
        return names.All(name => name is not null && IsUnique(names, name)) ? [.. names.OfType<string>()] : null;
    }

    // The system or, without one, the label. Runs of the same system get their label too.
    private static List<string?> Label(IReadOnlyList<RunManifest> runs)
    {
        var systems = runs.Select(run => run.Plan.System ?? run.Label).ToList();
        return [.. runs.Zip(systems, (run, name) => name is null || IsUnique(systems, name) || run.Plan.System is null || run.Label is null
            ? name
            : $"{name} ({run.Label})")];
    }

    private static bool IsUnique(IEnumerable<string?> names, string name) => names.Count(other => other == name) == 1;
}
