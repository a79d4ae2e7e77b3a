using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Figures;

/// <summary>What to call runs beside each other: only that in which they differ.</summary>
internal static class RunLabels
{
    /// <summary>One run by itself.</summary>
    public static string Create(Run run) => $"{run.Manifest.Target.Kind} {run.Manifest.Target.Model}";

    /// <summary>What a figure's second line says of its runs.</summary>
    public static string DescribeRuns(IReadOnlyList<Run> runs) => runs.Count == 0 ? "no run" : runs.Count == 1
        ? $"{string.Join(", ", new[] { Create(runs[0]) }.Concat(GetTraits(runs[0].Manifest).OfType<string>()))} · {runs[0].Manifest.Plan.OutputTokens} output tokens{DescribeMethod(runs[0])} · run {runs[0].Manifest.RunId}"
        : $"{string.Join(", ", runs.Select(Create).Distinct())}{(runs.Select(DescribeMethod).Distinct().Count() == 1 ? DescribeMethod(runs[0]) : "")}{(runs.Count == 2 ? $" · runs {runs[0].Manifest.RunId} and {runs[1].Manifest.RunId}" : $" · {runs.Count} runs")}";

    private static string DescribeMethod(Run run) =>
        run.Manifest.Plan.Method == SweepMethod.Cold ? "" : $" · {run.Manifest.Plan.Method.Label()}";

    public static IReadOnlyList<string> Create(IReadOnlyList<Run> runs)
    {
        if (runs.Count == 1)
            return [Create(runs[0])];
        // Systems that were compared have names of their own.
        if (runs.All(run => run.Manifest.Plan.System is not null) && runs.DistinctBy(run => run.Manifest.Plan.System).Count() == runs.Count)
            return [.. runs.Select(
                run => run.Manifest.Plan.System + (run.Manifest.Plan.Options.Tier is { IsEmulated: true } ? " (emulated storage)" : ""))];
        var parts = runs.Select(run => new[] { Create(run) }.Concat(GetTraits(run.Manifest)).Concat(GetEnvironment(run.Manifest)).ToArray())
            .ToList();
        var differing = Enumerable.Range(0, parts[0].Length).Where(i => parts.Select(part => part[i]).Distinct().Count() > 1).ToList();
        var labels = parts.Select(part => string.Join(", ", differing.Select(i => part[i]).OfType<string>())).ToList();
        // What the words do not tell apart, the ids do.
        return [.. labels.Select(
            (label, index) => labels.Count(other => other == label) == 1 && label.Length > 0
                ? label
                : $"{(label.Length == 0 ? "" : label + ", ")}run {runs[index].Manifest.RunId}")];
    }

    private static string?[] GetTraits(RunManifest run) =>
    [
        run.Plan.Options.Tier is null ? run.Plan.Cap is null ? null : "standard"
        : run.Plan.Options.Tier.IsEmulated ? "managed (emulated storage)" : "managed",
        run.Plan.Cap is { } cap
            ? $"cap {new ByteSize(cap.Bytes)}{(cap.SwapBytes is 0 ? ", no swap" : cap.SwapBytes is { } swap ? $", swap {new ByteSize(swap)}" : "")}"
            : null,
        run.Plan.Options.LoadMode is { } load ? WordFormat.Words(load) : null,
        run.Plan.Options.KvType is { } kv ? $"KV {kv}" : null,
        run.Plan.Options.FlashAttention is { } flash ? $"flash attention {flash}" : null,
        run.Plan.Options.Threads is { } threads ? $"{threads} threads" : null,
    ];

    private static string?[] GetEnvironment(RunManifest run) => [run.Target.ServerVersion, run.Machine.CpuModel];
}
