using MemoryWall.Analysis.Trends;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Analysis.Machines;

/// <summary>The runs that can be compared: of one model, at one level, a group for each machine. Another limit, another number of threads
/// or another type of the KV cache is another machine.</summary>
/// <param name="Level">The level.</param>
/// <param name="Machines">The runs of each machine, one or more, in the order in which the machines were named.</param>
internal sealed record MachineSelection(LevelKey Level, IReadOnlyList<IReadOnlyList<MachineRun>> Machines)
{
    private const int MaxNamed = 10;

    /// <summary>Runs of other models, which are not compared.</summary>
    public required int OtherModels { get; init; }

    /// <summary>Runs of the model that reached their contexts in another way or with other answers only, and are not compared.</summary>
    public required int OtherLevels { get; init; }

    /// <summary>Selects the model and the level that most machines have.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="model">A part of the model's name; null for any.</param>
    /// <exception cref="FormatException">No run is of the model, or none has a trial of a single stream.</exception>
    public static MachineSelection Choose(IReadOnlyList<MachineRun> runs, string? model)
    {
        var wanted = runs.Where(run => model is null || IsOf(run, model)).ToList();
        if (wanted.Count == 0)
        {
            throw new FormatException(runs.Count == 0 ? "there is no run"
                : $"model: no run is of a model with '{model}' in its name; there are {string.Join(", ", runs.Select(NameOf).Distinct()
                    .Take(MaxNamed))}");
        }
        var measured = wanted.Where(run => run.Trials.Count > 0).ToList();
        if (measured.Count == 0)
            throw new FormatException("no run has a trial of a single stream, which machines are compared by");
        var models = GroupByModel(measured);
        // The first that has most of them; the order is that of the names.
        var chosen = models.MaxBy(group => RunTrend.GroupBySetup(group, run => run.Manifest).Count)!;
        var level = chosen.SelectMany(run => run.Trials).Select(trial => trial.Level).Distinct()
            .OrderByDescending(key => Group(chosen, key).Count).ThenBy(key => key.Method == SweepMethod.Cold ? 0 : 1)
            .ThenByDescending(key => chosen.Sum(run => run.Trials.Count(trial => trial.Level == key))).First();
        var machines = Group(chosen, level);
        return new MachineSelection(level, machines)
        {
            OtherModels = runs.Count - chosen.Count - wanted.Count(run => run.Trials.Count == 0),
            OtherLevels = chosen.Count - machines.Sum(machine => machine.Count) + wanted.Count(run => run.Trials.Count == 0),
        };
    }

    private static IReadOnlyList<IReadOnlyList<MachineRun>> Group(IReadOnlyList<MachineRun> runs, LevelKey level)
    {
        var having = runs.Where(run => run.Trials.Any(trial => trial.Level == level)).ToList();
        return [.. RunTrend.GroupBySetup(having, run => run.Manifest).OrderBy(machine => having.IndexOf(machine[0]))];
    }

    private static List<List<MachineRun>> GroupByModel(IReadOnlyList<MachineRun> runs)
    {
        var groups = new List<List<MachineRun>>();
        foreach (var run in runs)
        {
            if (groups.Find(group => RunDifferences.AreOfOneModel(group[0].Manifest, run.Manifest)) is { } same)
                same.Add(run);
            else
                groups.Add([run]);
        }
        return groups;
    }

    private static bool IsOf(MachineRun run, string model) => run.Manifest.Target.Model.Contains(model, StringComparison.OrdinalIgnoreCase)
        || run.Manifest.Target.Shape?.Name?.Contains(model, StringComparison.OrdinalIgnoreCase) == true;

    private static string NameOf(MachineRun run) => SafeText.ToSingleLine(run.Manifest.Target.Model, SafeText.MaxNameLength);
}
