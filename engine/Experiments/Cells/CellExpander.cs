using System.Globalization;
using System.Text.Json;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Http;

namespace MemoryWall.Experiments.Cells;

/// <summary>Makes the cells of an experiment: every combination of the values of its axes, once in each block.</summary>
internal static class CellExpander
{
    private const int MaxCells = 10_000;

    // Of a plan's findings, the axis or field that they are about.
    private static readonly Dictionary<string, string> s_axes = new(StringComparer.Ordinal)
    {
        ["KV type"] = CellAxes.KvTypes,
        ["threads"] = CellAxes.Threads,
        ["cap"] = CellAxes.Caps,
        ["swap"] = CellAxes.Swaps,
        ["contexts"] = CellAxes.Contexts,
    };

    /// <summary>The cells in the order of their execution, with numbers of their own.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="machine">The machine whose RAM a cap may be a share of.</param>
    /// <exception cref="FormatException">A combination is no plan, or two are the same; the message names the line where it
    /// can.</exception>
    public static IReadOnlyList<ExperimentCell> Expand(ExperimentDefinition definition, MachineFacts machine)
    {
        var count = definition.Axes.Aggregate((long)definition.Repetitions,
            (product, axis) => Math.Min(product * axis.Values.Count, MaxCells + 1L));
        if (count > MaxCells)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"{definition.File}: the axes have more than {MaxCells} combinations; write fewer values or several experiments"));
        var combinations = Combine(definition.Axes)
            .Where(values => !definition.Exclusions.Any(rule => IsExcluded(values, rule))).ToList();
        if (combinations.Count == 0)
            throw new FormatException($"{definition.File}: exclude: it leaves no cell; write fewer exclusions");
        var plans = combinations.Select(values => (Values: ToTexts(values), Plan: CreatePlan(values, definition, machine))).ToList();
        RefuseTwins(plans, definition);
        var cells = new List<ExperimentCell>();
        for (var block = 1; block <= definition.Repetitions; block++)
        {
            foreach (var index in OrderBlock(plans.Count, definition, block))
                cells.Add(new ExperimentCell
                {
                    Number = cells.Count + 1,
                    Repetition = block,
                    Values = plans[index].Values,
                    Plan = plans[index].Plan,
                });
        }
        return cells;
    }

    // The last axis varies fastest.
    private static IEnumerable<IReadOnlyList<(string Axis, AxisValue Value)>> Combine(IReadOnlyList<ExperimentAxis> axes)
    {
        IEnumerable<IReadOnlyList<(string, AxisValue)>> combinations = [[]];
        foreach (var axis in axes)
            combinations = combinations.SelectMany(_ => axis.Values,
                IReadOnlyList<(string, AxisValue)> (before, value) => [.. before, (axis.Name, value)]);
        return combinations;
    }

    private static bool IsExcluded(IReadOnlyList<(string Axis, AxisValue Value)> values, ExperimentExclusion rule) =>
        rule.Values.All(excluded => values.Any(value => value.Axis == excluded.Key && excluded.Value.Contains(value.Value.Text)));

    private static IReadOnlyList<CellValue> ToTexts(IReadOnlyList<(string Axis, AxisValue Value)> values) =>
        [.. values.Select(value => new CellValue(value.Axis, value.Value.Text))];

    // Fisher and Yates; each block has an order of its own, and the seed decides them all.
    private static int[] OrderBlock(int count, ExperimentDefinition definition, int block)
    {
        var order = Enumerable.Range(0, count).ToArray();
        if (!definition.IsShuffled)
            return order;
        var random = SplitMix64.FromPair(definition.Seed, block);
        for (var last = count - 1; last > 0; last--)
        {
            var other = random.NextBelow(last + 1);
            (order[last], order[other]) = (order[other], order[last]);
        }
        return order;
    }

    private static SweepPlan CreatePlan(IReadOnlyList<(string Axis, AxisValue Value)> values, ExperimentDefinition definition,
        MachineFacts machine)
    {
        try
        {
            var plan = Combine(values, definition, machine);
            return StartCheck.Find(WithAnyFolder(plan), new ConnectionOptions { AllowPlainHttp = true }) is [var finding, ..]
                ? throw Fail(finding.Subject, finding.ToString(), values, definition)
                : plan;
        }
        catch (FormatException error) when (!error.Message.StartsWith(definition.File, StringComparison.Ordinal))
        {
            throw Fail(CellAxes.Targets, error.Message, values, definition);
        }
    }

    // The folder of a tier is on the machine that measures, which need not be this one.
    private static SweepPlan WithAnyFolder(SweepPlan plan) => plan.Options.Tier is { } tier
        ? plan with { Options = plan.Options with { Tier = tier with { Folder = Path.GetTempPath() } } }
        : plan;

    private static SweepPlan Combine(IReadOnlyList<(string Axis, AxisValue Value)> values, ExperimentDefinition definition,
        MachineFacts machine)
    {
        string? Find(string axis) => values.FirstOrDefault(value => value.Axis == axis).Value?.Text;
        var shared = definition.Shared;
        var target = CellTarget.Combine(Find(CellAxes.Targets) ?? TargetKind.Embedded, Find(CellAxes.Models));
        var plan = shared with
        {
            Target = target,
            Contexts = ContextList.Parse(Find(CellAxes.Contexts)!),
            Cap = Find(CellAxes.Caps) is null or CellAxes.NoCap ? null : new CapPlan
            {
                Bytes = CapPlans.ParseSizes(Find(CellAxes.Caps)!, machine)[0].Bytes,
                SwapBytes = CapPlans.ParseSwap(Find(CellAxes.Swaps) ?? CapPlans.SwapAllowed),
            },
            Options = shared.Options with
            {
                KvType = Find(CellAxes.KvTypes),
                Threads = Find(CellAxes.Threads) is { } threads ? int.Parse(threads, CultureInfo.InvariantCulture) : null,
            },
        };
        return Find(CellAxes.Systems) is { } system
            ? SystemPlans.Create(system, plan, () => definition.Tier!)
            : plan with { Options = plan.Options with { Tier = definition.Tier } };
    }

    private static void RefuseTwins(IEnumerable<(IReadOnlyList<CellValue> Values, SweepPlan Plan)> plans, ExperimentDefinition definition)
    {
        var twins = plans.GroupBy(entry => JsonSerializer.Serialize(entry.Plan with { System = null }, FactsJson.SingleLine))
            .FirstOrDefault(same => same.Count() > 1)?.ToList();
        if (twins is not null)
            throw new FormatException($"{definition.File}: the cells ({Describe(twins[0].Values)}) and ({Describe(twins[1].Values)}) are "
                + "the same plan; exclude one of them");
    }

    private static FormatException Fail(string subject, string message, IReadOnlyList<(string Axis, AxisValue Value)> values,
        ExperimentDefinition definition)
    {
        string[] candidates = s_axes.TryGetValue(subject, out var axis) ? [axis] : [CellAxes.Models, CellAxes.Targets];
        var value = candidates.Select(name => values.FirstOrDefault(entry => entry.Axis == name))
            .FirstOrDefault(entry => entry.Value is not null);
        return new FormatException(value.Value is { Line: var line }
            ? string.Create(CultureInfo.InvariantCulture, $"{definition.File}:{line}: axes.{value.Axis}: {message}")
            : $"{definition.File}: {message} (cell {Describe(ToTexts(values))})");
    }

    private static string Describe(IReadOnlyList<CellValue> values) =>
        SafeText.ToSingleLine(string.Join(", ", values.Select(value => $"{value.Axis}: {value.Text}")));
}
