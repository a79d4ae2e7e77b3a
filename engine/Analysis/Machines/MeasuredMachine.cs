using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Machines;

/// <summary>A quantity of a machine at one context.</summary>
/// <param name="Estimate">The median with its interval. Disturbed trials are left out where enough others remain.</param>
/// <param name="Observations">All its values, above 0, one or more.</param>
internal sealed record MachineValue(Estimate Estimate, IReadOnlyList<Observation> Observations);

/// <summary>A machine at one context.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Trials">Its trials, failures included.</param>
/// <param name="Values">What is known of it.</param>
internal sealed record MachineContext(int ContextTokens, IReadOnlyList<MachineTrial> Trials,
    IReadOnlyDictionary<MachineQuantity, MachineValue> Values)
{
    /// <summary>How many trials completed.</summary>
    public int Completed => Trials.Count(trial => trial.IsCompleted);

    /// <summary>The outcome that most of the trials had that did not complete; null where all did.</summary>
    public string? Failure => Trials.Where(trial => !trial.IsCompleted).GroupBy(trial => trial.Outcome)
        .OrderByDescending(same => same.Count()).ThenBy(same => same.Key, StringComparer.Ordinal).FirstOrDefault()?.Key;

    /// <summary>A context by its trials.</summary>
    public static MachineContext Create(int contextTokens, IReadOnlyList<MachineTrial> trials, MachineCost cost, SpreadRules rules)
    {
        // What was read counts, and not what was entered.
        var hasPower = trials.Any(trial => trial.JoulesPerToken > 0);
        double? Read(MachineTrial trial, MachineQuantity quantity) => quantity switch
        {
            MachineQuantity.GenerationTps => trial.GenerationTps,
            MachineQuantity.TtftSeconds => trial.TtftSeconds,
            MachineQuantity.JoulesPerToken => trial.JoulesPerToken,
            MachineQuantity.TpsPerThousand => trial.GenerationTps / (cost.Price / 1000),
            _ => hasPower ? 1 / trial.JoulesPerToken : trial.GenerationTps / cost.Watts,
        };
        var values = new Dictionary<MachineQuantity, MachineValue>();
        foreach (var quantity in MachineQuantities.All)
        {
            Observation[] known = [.. trials.Select(trial => (Trial: trial, Value: Read(trial, quantity)))
                .Where(entry => entry.Value > 0 && double.IsFinite(entry.Value.Value))
                .Select(entry => new Observation(entry.Value!.Value, entry.Trial.IsDisturbed, entry.Trial.At))];
            if (known.Length > 0)
            {
                var used = rules.SelectUsed(known, observation => observation.HasInterference);
                values[quantity] = new MachineValue(Bootstrap.EstimateMedian([.. used.Select(observation => observation.Value)]), known);
            }
        }
        return new MachineContext(contextTokens, trials, values);
    }
}

/// <summary>A machine with its settings, as its runs measured it.</summary>
internal sealed record MeasuredMachine
{
    /// <summary>Its runs, one or more.</summary>
    public required IReadOnlyList<MachineRun> Runs { get; init; }

    /// <summary>Its contexts, the smallest first.</summary>
    public required IReadOnlyList<MachineContext> Contexts { get; init; }

    /// <summary>Where its memory runs out.</summary>
    public required MachineWall Wall { get; init; }

    /// <summary>What the reader says of it.</summary>
    public required MachineCost Cost { get; init; }

    /// <summary>Share of the measured memory bandwidth that its generation used, the median over its trials; absent where it is
    /// unknown.</summary>
    public required double? Mbu { get; init; }

    /// <summary>The machine and the settings.</summary>
    public RunManifest Manifest => Runs[0].Manifest;

    /// <summary>Whether power was read on it, which then counts instead of watts that were entered.</summary>
    public bool HasPower => Contexts.Any(context => context.Values.ContainsKey(MachineQuantity.JoulesPerToken));

    /// <summary>A context of it; null where it was not measured.</summary>
    public MachineContext? Find(int contextTokens) => Contexts.FirstOrDefault(context => context.ContextTokens == contextTokens);

    /// <summary>A quantity of it at a context; null where it is unknown.</summary>
    public MachineValue? Find(int contextTokens, MachineQuantity quantity) => Find(contextTokens)?.Values.GetValueOrDefault(quantity);

    /// <summary>A machine by its runs.</summary>
    public static MeasuredMachine Create(IReadOnlyList<MachineRun> runs, LevelKey level, MachineCost cost, SpreadRules rules)
    {
        var trials = runs.SelectMany(run => run.Trials).Where(trial => trial.Level == level).ToList();
        return new MeasuredMachine
        {
            Runs = runs,
            Contexts = [.. trials.GroupBy(trial => trial.ContextTokens).OrderBy(same => same.Key)
                .Select(same => MachineContext.Create(same.Key, [.. same], cost, rules))],
            Wall = MachineWall.Combine([.. runs.Select(run => run.Wall)]),
            Cost = cost,
            Mbu = Quantiles.MedianOfKnown(trials.Select(trial => trial.Mbu)),
        };
    }
}
