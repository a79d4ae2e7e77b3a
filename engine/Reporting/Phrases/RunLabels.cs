using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Names of runs in figures and tables. Several runs are named by what differs between them.</summary>
internal static class RunLabels
{
    /// <summary>The name of a single run.</summary>
    public static string Create(Run run) => $"{run.Manifest.Target.Kind} {ModelLabel.Create(run.Manifest.Target.Model)}";

    /// <summary>The subtitle of a figure: its runs and how they were measured.</summary>
    public static string DescribeRuns(IReadOnlyList<Run> runs) => runs switch
    {
        [] => "no run",
        [var only] => $"{string.Join(", ", GetTraits(only.Manifest).OfType<string>().Prepend(Create(only)))} · "
            + $"{only.Manifest.Plan.OutputTokens} output tokens{DescribeMethod(only)} · run {only.Manifest.RunId}",
        _ => string.Join(", ", runs.Select(Create).Distinct())
            + (runs.Select(DescribeMethod).Distinct().Count() == 1 ? DescribeMethod(runs[0]) : "")
            + (runs is [var first, var second] ? $" · runs {first.Manifest.RunId} and {second.Manifest.RunId}" : $" · {runs.Count} runs"),
    };

    /// <summary>When a run started, in UTC.</summary>
    public static string FormatStart(Run run) =>
        NumberFormat.Time(run.Manifest.StartedUtc);

    /// <summary>The run's label and note in one line; null where it has neither.</summary>
    public static string? FormatLabelAndNote(RunManifest run)
    {
        var texts = new[] { run.Label, run.Note }.OfType<string>().Select(text => WordFormat.SingleLine(text)).ToList();
        return texts.Count == 0 ? null : string.Join(" · ", texts);
    }

    private static string DescribeMethod(Run run) =>
        run.Manifest.Plan.Method == SweepMethod.Cold ? "" : $" · {run.Manifest.Plan.Method.Label()}";

    public static IReadOnlyList<string> Create(IReadOnlyList<Run> runs)
    {
        if (runs.Count == 1)
            return [Create(runs[0])];
        // Compared systems and labelled runs have names of their own.
        if (SystemNames.FindDistinct([.. runs.Select(run => run.Manifest)]) is { } names)
            return [.. runs.Zip(names, (run, name) => WordFormat.SingleLine(name)
                + (run.Manifest.Plan.Options.Tier is { IsEmulated: true } ? " (emulated storage)" : ""))];
        var parts = runs.Select(run => new[] { Create(run) }.Concat(GetTraits(run.Manifest)).Concat(GetEnvironment(run.Manifest)).ToArray())
            .ToList();
        var differing = Enumerable.Range(0, parts[0].Length).Where(i => parts.Select(part => part[i]).Distinct().Count() > 1).ToList();
        var labels = parts.Select(part => string.Join(", ", differing.Select(i => part[i]).OfType<string>())).ToList();
        // Runs with the same traits are named by their ids.
        return [.. labels.Select(
            (label, index) => labels.Count(other => other == label) == 1 && label.Length > 0
                ? label
                : $"{(label.Length == 0 ? "" : label + ", ")}run {runs[index].Manifest.RunId}")];
    }

    /// <summary>The settings of a run that distinguish systems; null where one has its default.</summary>
    internal static string?[] GetTraits(RunManifest run) =>
    [
        run.Plan.Options.Tier is null ? run.Plan.Cap is null ? null : "standard"
        : run.Plan.Options.Tier.IsEmulated ? "managed (emulated storage)" : "managed",
        DescribeCap(run.Plan.Cap),
        run.Plan.Options.LoadMode is { } load ? WordFormat.Words(load) : null,
        run.Plan.Options.KvType is { } kv ? $"KV {kv}" : null,
        run.Plan.Options.FlashAttention is { } flash ? $"flash attention {flash}" : null,
        run.Plan.Options.Threads is { } threads ? WordFormat.Count(threads, "thread") : null,
    ];

    private static string?[] GetEnvironment(RunManifest run) =>
        [run.Target.ServerVersion is { } version ? WordFormat.Version(version) : null, run.Machine.CpuModel];

    private static string? DescribeCap(CapPlan? cap) => cap switch
    {
        null => null,
        { SwapBytes: null } => $"cap {new ByteSize(cap.Bytes)}",
        { SwapBytes: 0 } => $"cap {new ByteSize(cap.Bytes)}, no swap",
        { SwapBytes: { } swap } => $"cap {new ByteSize(cap.Bytes)}, swap {new ByteSize(swap)}",
    };
}
