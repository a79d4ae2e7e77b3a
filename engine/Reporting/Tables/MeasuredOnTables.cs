using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The model, server, limits and machine that findings are based on, each table with its heading.</summary>
internal static class MeasuredOnTables
{
    public static IEnumerable<(string Heading, TextTable Table)> Create(Run sweep, IReadOnlyList<Run> systems)
    {
        yield return ("The sweep", PropertyTable.Create(
            [.. DescribeModel(sweep), ("prompts", DescribePrompts(sweep)), ("run", DescribeRun(sweep))]));
        if (systems.Any(system => system.Manifest.RunId != sweep.Manifest.RunId))
            yield return ("The systems", PropertyTable.Create(
                [.. DescribeModel(systems[0]), ("prompts", DescribePrompts(systems[0])),
                    .. systems.Select((system, index) => (GetSystemName(system, index), DescribeLimits(system)))]));
        var machine = MachineTable.Create(sweep.Manifest.Machine);
        yield return ("The machine", machine);
        var known = machine.Rows.Select(Join).ToHashSet();
        // The systems may have been measured on another day, for example with more swap.
        var others = systems.SelectMany(system => MachineTable.Create(system.Manifest.Machine).Rows)
            .Where(row => !known.Contains(Join(row))).DistinctBy(row => row[0]).ToList();
        if (others.Count > 0)
            yield return ("The machine of the systems, where it differs", new TextTable(machine.Columns, others));
    }

    private static string Join(IReadOnlyList<string> row) => string.Join('\n', row);

    private static IEnumerable<(string, string)> DescribeModel(Run run)
    {
        var (target, shape) = (run.Manifest.Target, run.Manifest.Target.Shape);
        string?[] model =
        [
            ModelLabel.Create(target.Model),
            shape?.ParameterCount is { } count ? NumberFormat.Parameters(count) : null,
            shape?.WeightBytes is { } weights ? $"{NumberFormat.Bytes(weights)} of weights" : null,
            $"{run.Manifest.Plan.Options.KvType ?? "f16"} KV cache",
        ];
        yield return ("model", string.Join(", ", model.OfType<string>()));
        yield return ("server",
            target.ServerVersion is { } version ? $"{target.Kind}, version {WordFormat.Version(version)}" : target.Kind);
    }

    private static string DescribePrompts(Run run)
    {
        var plan = run.Manifest.Plan;
        var how = plan.Method == SweepMethod.SyntheticDepth
            ? "; synthetic prefill: the KV cache was filled without computing the prompt, and the answers are real"
            : plan.Method == SweepMethod.Cold ? "" : $"; {plan.Method.Label()}";
        return $"{string.Join(", ", plan.Contexts)} tokens, answers of {plan.OutputTokens} tokens, "
            + WordFormat.Count(plan.Repetitions, "repetition") + how;
    }

    private static string DescribeLimits(Run run)
    {
        var (cap, tier) = (run.Manifest.Plan.Cap, run.Manifest.Plan.Options.Tier);
        string?[] parts =
        [
            cap is null ? "no memory limit" : $"at most {new ByteSize(cap.Bytes)} of RAM",
            DescribeSwap(cap),
            run.Manifest.Plan.Options.KvType is { } type ? $"{type} KV cache" : null,
            tier is null
                ? null
                : "storage tier" + (run.Trials.Any(trial => trial.Tier?.IsEmulated == true)
                    ? ", storage slowed down to emulate another device"
                    : ""),
            DescribeRun(run),
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    private static string? DescribeSwap(CapPlan? cap) => cap switch
    {
        null => null,
        { SwapBytes: null } => "the machine's swap",
        { SwapBytes: 0 } => "no swap",
        { SwapBytes: { } swap } => $"{new ByteSize(swap)} of swap",
    };

    private static string GetSystemName(Run run, int index) =>
        run.Manifest.Plan.System ?? $"system {index + 1}";

    private static string DescribeRun(Run run) =>
        $"run {run.Manifest.RunId}, started {RunLabels.FormatStart(run)}";
}
