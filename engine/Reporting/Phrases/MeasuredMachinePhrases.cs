using MemoryWall.Analysis.Machines;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Measured machines in words: which is best at a context, which does not reach it, and what is not known.</summary>
/// <param name="report">The machines.</param>
/// <param name="names">Their names.</param>
internal sealed class MeasuredMachinePhrases(MachinesReport report, IReadOnlyList<string> names)
{
    private string Context => NumberFormat.Context(report.DecisionTokens);

    /// <summary>The name of a quantity, with its unit.</summary>
    public static string Name(MachineQuantity quantity) => quantity switch
    {
        MachineQuantity.GenerationTps => "generation rate, tokens/s",
        MachineQuantity.TtftSeconds => "TTFT",
        MachineQuantity.JoulesPerToken => "energy of a generated token above idle, J",
        MachineQuantity.TpsPerThousand => "generation rate for 1,000 of the price, tokens/s",
        _ => "generation rate for each watt, tokens/s",
    };

    /// <summary>A value without its unit where the name has one.</summary>
    public static string Value(MachineQuantity quantity, double value) => quantity switch
    {
        MachineQuantity.GenerationTps => NumberFormat.RateNumber(value),
        MachineQuantity.TtftSeconds => NumberFormat.Duration(value),
        _ => value >= 1 ? NumberFormat.RateNumber(value) : NumberFormat.Ratio(value),
    };

    /// <summary>A value with its interval.</summary>
    public static string WithInterval(MachineQuantity quantity, Estimate estimate) =>
        EstimateFormat.WithInterval(estimate, value => Value(quantity, value));

    /// <summary>The best machine in a quantity, as a title: what is not shown is in it.</summary>
    public string FormatTitle(MachineQuantity quantity)
    {
        var what = Short(quantity);
        if (report.Choices.FirstOrDefault(choice => choice.Quantity == quantity) is not { } choice)
            return $"The {what} at {Context} is not known of any machine";
        var value = WithUnit(quantity, Estimate(choice, choice.Best).Value);
        var open = choice.Others.Where(other => !other.Finding.IsDifference).Select(other => names[other.Machine]).ToList();
        var best = names[choice.Best];
        return choice.Others.Count == 0 ? $"{best} alone has a {what} at {Context}: {value}"
            : open.Count == 0 ? $"{best} has the best {what} at {Context}: {value}"
            : $"{best} has the best median {what} at {Context}, {value}; no difference to {WordFormat.List(open)} is shown";
    }

    /// <summary>The conclusions, one sentence or more each.</summary>
    public IReadOnlyList<string> FormatFindings() =>
        [.. report.Choices.Select(Format), .. FormatReach(), .. new[] { FormatOneMachine() }.OfType<string>(), .. FormatUnknown()];

    /// <summary>How the tables are to be read, and what they leave out.</summary>
    public IReadOnlyList<string> FormatNotes()
    {
        var level = report.Selection.Level;
        var notes = new List<string>
        {
            $"Medians of the trials of one stream, {level.Method.Label()}{FormatFlags(level.Label)}, "
                + $"{WordFormat.Count(level.OutputTokensAsked, "output token")}. (…) is the interval of the median, […] the range of "
                + "fewer than five trials.",
        };
        if (report.Choices.Any(choice => choice.Others.Count > 0))
            notes.Add($"A factor is the best median ÷ the other one, so that it is above 1. The intervals of all factors hold together at "
                + $"{NumberFormat.PercentSetting(report.ConfidenceLevel)}. A difference is called only where the whole interval is beyond "
                + $"what the state of a machine alone can make: {WordFormat.List(Zones())}.");
        if (report.Machines.Any(machine => machine.Cost.Watts is not null && !machine.HasPower))
            notes.Add("Watts that were entered count as the whole power of a machine that generates; energy that was read is above idle.");
        if (report.Machines.Any(machine => machine.Cost.Watts is not null && machine.HasPower))
            notes.Add("Where power was read, the watts that were entered are not used.");
        if (FormatLeftOut() is { } leftOut)
            notes.Add(leftOut);
        return notes;
    }

    /// <summary>Where memory runs out on a machine, for a table.</summary>
    public static string FormatWall(MachineWall wall) => wall switch
    {
        { BeyondTokens: { } beyond, Beyond: var regime } =>
            $"{(regime is { } known ? RegimeFormat.Name(known) : "beyond it")} at {NumberFormat.Context(beyond)}"
            + (wall.InsideTokens is { } inside ? $", in memory up to {NumberFormat.Context(inside)}" : ""),
        { InsideTokens: { } largest } => $"none up to {NumberFormat.Context(largest)}",
        _ => NumberFormat.Absent,
    };

    /// <summary>The power of a machine and where it is from, for a table.</summary>
    public static string FormatPower(MeasuredMachine machine) => machine.HasPower ? "measured"
        : machine.Cost.Watts is { } watts ? $"{NumberFormat.Number(watts)} W (entered)" : NumberFormat.Absent;

    /// <summary>A quantity at one context of a machine, for a table: a value with its interval, or what happened instead.</summary>
    public static string FormatCell(MeasuredMachine machine, int contextTokens, MachineQuantity quantity)
    {
        if (machine.Find(contextTokens) is not { } context)
            return NumberFormat.Absent;
        var failed = context.Failure is null ? "" : $" ({context.Completed} of {context.Trials.Count} completed)";
        return context.Values.TryGetValue(quantity, out var value) ? WithInterval(quantity, value.Estimate) + failed
            : context is { Completed: 0, Failure: { } failure } ? WordFormat.Words(failure)
            : NumberFormat.Absent;
    }

    /// <summary>What the bounds of machines that were not measured are, and how much of theirs the measured ones reached.</summary>
    public static IReadOnlyList<string> FormatForecast(MachinesReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var reached = report.Machines.Select(machine => machine.Mbu).OfType<double>().Order().ToList();
        return
        [
            "Forecast, not measured: an upper bound of the generation rate.",
            reached.Count == 0 ? "How much of such a bound the measured machines reached is not known."
                : $"Of the bandwidth that their RAM had in a short test, the measured machines used "
                    + (NumberFormat.Percent(reached[0]) is var low && NumberFormat.Percent(reached[^1]) is var high && low == high
                        ? low : $"{low} to {high}")
                    + " in generation (median over their trials). How near another machine comes to its bound is not known.",
        ];
    }

    /// <summary>The bound of a machine that was not measured, for its price; null where one of them is not known.</summary>
    public static string? FormatForecast(ModelOnMachine fit, MachineCost cost)
    {
        if (cost is { Price: null, Watts: null }
            || fit.Contexts.LastOrDefault(context => context.MaxTokensPerSecond is not null) is not { } largest)
            return null;
        var bound = largest.MaxTokensPerSecond!.Value;
        string[] parts =
        [
            .. cost.Price is { } price ? new[] { $"≤ {NumberFormat.RateBound(bound / price * 1000)} t/s per 1,000 of the price" } : [],
            .. cost.Watts is { } watts ? new[] { $"≤ {NumberFormat.RateBound(bound / watts)} t/s per W" } : [],
        ];
        return $"{WordFormat.SingleLine(fit.Machine)} at {NumberFormat.Context(largest.ContextTokens)}, not measured: "
            + $"{string.Join(", ", parts)}.";
    }

    private static string Short(MachineQuantity quantity) => quantity switch
    {
        MachineQuantity.GenerationTps => "generation rate",
        MachineQuantity.TtftSeconds => "TTFT",
        MachineQuantity.JoulesPerToken => "energy per token",
        MachineQuantity.TpsPerThousand => "generation rate for the price",
        _ => "generation rate for the power",
    };

    private static string WithUnit(MachineQuantity quantity, double value) => Value(quantity, value) + quantity switch
    {
        MachineQuantity.GenerationTps => " t/s",
        MachineQuantity.JoulesPerToken => " J",
        MachineQuantity.TpsPerThousand => " t/s per 1,000",
        MachineQuantity.TpsPerWatt => " t/s per W",
        _ => "",
    };

    private static string FormatFlags(TrialFlags flags) =>
        flags == TrialFlags.None ? "" : $" ({string.Join(", ", flags.Labels())})";

    private Estimate Estimate(MachineChoice choice, int machine) =>
        report.Machines[machine].Find(report.DecisionTokens, choice.Quantity)!.Estimate;

    private string Format(MachineChoice choice)
    {
        var estimate = Estimate(choice, choice.Best);
        var value = $"{WithUnit(choice.Quantity, estimate.Value)} "
            + EstimateFormat.Interval(estimate, number => Value(choice.Quantity, number));
        var head = $"{WordFormat.Capitalize(Short(choice.Quantity))} at {Context}: ";
        if (choice.Others.Count == 0)
            return $"{head}known of {names[choice.Best]} alone, {value.TrimEnd()}.";
        var better = choice.Others.Where(other => other.Finding.Verdict == RatioVerdict.Higher).ToList();
        var few = choice.Others.Where(other => other.Finding.Verdict == RatioVerdict.TooFew).ToList();
        var open = choice.Others.Except(better).Except(few).ToList();
        var clauses = new List<string>();
        if (better.Count > 0)
            clauses.Add($"better than {WordFormat.List(better.Select(other => $"{names[other.Machine]} by a factor of {Factor(other)}"))}");
        if (open.Count > 0)
            clauses.Add($"no difference to {WordFormat.List(open.Select(other => $"{names[other.Machine]} ({Factor(other)})"))} is shown");
        if (few.Count > 0)
            clauses.Add("too few repetitions to compare it with "
                + WordFormat.List(few.Select(other => $"{names[other.Machine]} ({SupportFormat.Missing(other.Finding)} needed)")));
        return $"{head}{names[choice.Best]} has the {(better.Count == choice.Others.Count ? "best" : "best median")}, {value.TrimEnd()}: "
            + string.Join("; ", clauses) + ".";
    }

    private static string Factor(MachineRatio other) => EstimateFormat.WithInterval(other.Finding.Ratio, NumberFormat.Ratio);

    private IEnumerable<string> FormatReach()
    {
        for (var i = 0; i < report.Machines.Count; i++)
        {
            var (machine, context) = (report.Machines[i], report.Machines[i].Find(report.DecisionTokens));
            if (context is null)
                yield return $"{names[i]} was not measured at {Context}.";
            else if (context is { Completed: 0, Failure: { } failure })
                yield return $"{names[i]} gives no answer at {Context}: {WordFormat.Words(failure)} in "
                    + $"{WordFormat.Count(context.Trials.Count, "trial")}{FormatLargest(machine)}.";
        }
    }

    private static string FormatLargest(MeasuredMachine machine) =>
        machine.Contexts.LastOrDefault(context => context.Completed > 0) is { } largest
            ? $"; the largest context with an answer is {NumberFormat.Context(largest.ContextTokens)}" : "";

    // Facts that are the same do not show that it is one machine.
    private string? FormatOneMachine()
    {
        var same = report.OnOneMachine;
        if (same.Count < 2)
            return null;
        var hardware = same.Select(i => MachineNames.FormatHardware(report.Machines[i].Manifest)).Distinct().ToList();
        var which = same.Count == report.Machines.Count ? "All of these" : WordFormat.List(same.Select(i => names[i]));
        return $"{which} have the same hardware and system ({string.Join("; ", hardware)}): they are settings that count as machines here, "
            + "and say what a limit, threads or the type of the KV cache change, not what other hardware would.";
    }

    private IEnumerable<string> FormatUnknown()
    {
        bool IsKnown(MachineQuantity quantity) => report.Choices.Any(choice => choice.Quantity == quantity);
        if (!IsKnown(MachineQuantity.JoulesPerToken))
            yield return report.Machines.SelectMany(machine => machine.Runs).All(run => !run.HasTelemetry)
                ? "Energy per token: these trials have none. A lake does not hold it, and runs without telemetry do not have it."
                : "Energy per token: no power was read during these trials.";
        if (!IsKnown(MachineQuantity.TpsPerThousand))
            yield return "For the price: no price was entered.";
        if (!IsKnown(MachineQuantity.TpsPerWatt))
            yield return "For the power: none was read, and no watts were entered.";
    }

    private IEnumerable<string> Zones() => report.Choices.SelectMany(choice => choice.Others)
        .Select(other => (other.Finding.IsInterleaved, NumberFormat.Ratio(other.Finding.NoDifferenceZone.High))).Distinct()
        .OrderByDescending(zone => zone.IsInterleaved)
        .Select(zone => zone.IsInterleaved ? $"{zone.Item2} where they took turns" : $"{zone.Item2} where they did not take turns");

    private string? FormatLeftOut()
    {
        var selection = report.Selection;
        string[] parts =
        [
            .. selection.OtherModels > 0 ? new[] { $"{WordFormat.Count(selection.OtherModels, "run")} of other models" } : [],
            .. selection.OtherLevels > 0
                ? new[] { $"{WordFormat.Count(selection.OtherLevels, "run")} with another method, length of answer or number of streams" }
                : [],
        ];
        return parts.Length == 0 ? null : $"Not compared: {WordFormat.List(parts)}.";
    }
}
