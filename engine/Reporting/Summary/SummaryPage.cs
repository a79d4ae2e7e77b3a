using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Models.Synthetic;
using MemoryWall.Reporting.Figures;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Summary;

/// <summary>One page about a sweep and the systems compared with it: what was measured, three findings, one picture, and what to keep in
/// mind.</summary>
internal sealed record SummaryPage
{
    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>What was measured: date, machine, model, systems.</summary>
    public required IReadOnlyList<(string Name, string Value)> Facts { get; init; }

    /// <summary>The findings, the wall first.</summary>
    public required IReadOnlyList<SummaryFinding> Findings { get; init; }

    /// <summary>The picture; null where nothing was measured that could be drawn.</summary>
    public required Chart? Picture { get; init; }

    /// <summary>What limits the findings, one sentence each.</summary>
    public required IReadOnlyList<string> Caveats { get; init; }

    /// <summary>The page about runs.</summary>
    /// <param name="sweep">The context sweep; null where it failed before a run was stored.</param>
    /// <param name="systems">The runs compared under a limit; none where there are none.</param>
    /// <param name="problems">What could not be measured, one sentence each.</param>
    /// <param name="sessions">Runs of conversations, one a system; null or none where there are none.</param>
    public static SummaryPage Create(RunReport? sweep, IReadOnlyList<RunReport> systems, IReadOnlyList<string> problems,
        IReadOnlyList<RunReport>? sessions = null)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentNullException.ThrowIfNull(problems);
        var compared = sweep is null ? systems : SummaryFindings.SelectSystems(sweep, systems);
        var main = sweep ?? (systems.Count > 0 ? systems[^1] : null);
        RunReport[] all = [.. new[] { sweep }.OfType<RunReport>().Concat(compared).DistinctBy(run => run.Manifest.RunId)];
        return new SummaryPage
        {
            Title = "What happens to LLM inference as the context grows",
            Facts =
            [
                .. main is null ? [] : DescribeFacts(main, sweep, compared),
                .. SessionFindings.Describe(sessions ?? []) is { } conversations ? [("conversations", conversations)]
                    : Array.Empty<(string, string)>(),
            ],
            Findings =
            [
                .. main is null ? [] : SummaryFindings.Create(main, systems),
                .. new[] { SessionFindings.Create(sessions ?? []) }.OfType<SummaryFinding>(),
            ],
            Picture = main is null ? null : CreatePicture(main, compared),
            Caveats = [.. problems, .. main is null ? [] : DescribeCaveats(main, all)],
        };
    }

    private static Chart? CreatePicture(RunReport main, IReadOnlyList<RunReport> systems)
    {
        IReadOnlyList<RunReport> compared = systems.Count > 0 ? systems : [main];
        (IReadOnlyList<RunReport> Runs, Chart Chart)[] candidates =
        [
            // Of a server whose memory cannot be read, nothing is known about a wall.
            .. systems.Count > 0 || main.WallVerdict.Position != WallPosition.Unknown
                ? [(compared, WallChart.Create(compared))]
                : Array.Empty<(IReadOnlyList<RunReport>, Chart)>(),
            ([main], ContextChart.Create([main], title: null, ContextChart.Ttft)),
        ];
        var (runs, chart) = Array.Find(candidates, candidate => candidate.Chart.HasMarks);
        // One panel fits on a page with everything else, and the notes are in the chapters.
        return chart is null
            ? null
            : SampleMark.Apply(chart with { Panels = [chart.Panels[0]], Notes = [] }, [.. runs.Select(run => run.Run)]);
    }

    private static IEnumerable<(string, string)> DescribeFacts(RunReport main, RunReport? sweep, IReadOnlyList<RunReport> systems)
    {
        yield return ("measured", DateFormat.Day(main.Manifest.StartedUtc));
        yield return ("machine", MachineLabel.Create(main.Manifest.Machine) + DescribeGpus(main.Manifest.Machine));
        if (sweep is not null)
            yield return ("sweep", $"{DescribeSystem(sweep)}{DescribeModel(sweep.Run)}; {DescribePlan(sweep.Run)}");
        if (systems.Count > 0 && systems[0].Manifest.RunId != sweep?.Manifest.RunId)
            yield return ("systems", $"{WordFormat.List(RunLabels.Create([.. systems.Select(system => system.Run)]))}"
                + $"{DescribeLimit(systems)}; {DescribeModel(systems[^1].Run)}; {DescribePlan(systems[^1].Run)}");
    }

    // A run under a limit is one system of several, and its numbers hold for that limit only.
    private static string DescribeSystem(RunReport run) => run.Manifest.Plan switch
    {
        { System: { } system } => $"{WordFormat.SingleLine(system, 60)}{DescribeLimit([run])}; ",
        { Cap.Bytes: var bytes } => $"at most {new ByteSize(bytes)} of memory; ",
        _ => "",
    };

    // No GPU in the facts may also mean that it could not be read, or that the server is on another machine.
    private static string DescribeGpus(MachineFacts machine) =>
        string.Concat(machine.Gpus.Select(gpu => ", " + WordFormat.SingleLine(gpu.Name, 60)));

    private static string DescribeModel(Run run)
    {
        var shape = run.Manifest.Target.Shape;
        string?[] parts = [ModelLabel.Create(run.Manifest.Target.Model),
            shape?.ParameterCount is { } count ? $"({NumberFormat.Parameters(count)})" : null];
        return string.Join(" ", parts.OfType<string>());
    }

    private static string DescribePlan(Run run) =>
        $"prompts of {WordFormat.List(run.Manifest.Plan.Contexts.Select(context => context.ToString()))} tokens, answers of "
        + $"{NumberFormat.Tokens(run.Manifest.Plan.OutputTokens)}, {WordFormat.Count(run.Manifest.Plan.Repetitions, "repetition")}";

    private static string DescribeLimit(IReadOnlyList<RunReport> systems) =>
        systems.Select(run => run.Manifest.Plan.Cap?.Bytes).Distinct().ToList() is [{ } bytes]
            ? $" with at most {new ByteSize(bytes)} of memory{(systems.Count > 1 ? " each" : "")}"
            : "";

    private static string DescribeDisturbed(int disturbed, int leftOut) => leftOut switch
    {
        0 => "Measure again on a quiet machine before you decide.",
        _ when leftOut == disturbed => "The medians leave them out and rest on the others.",
        _ => $"The medians leave out {NumberFormat.Tokens(leftOut)} of them; at other contexts too few others remain, so measure again on "
            + "a quiet machine before you decide.",
    };

    private static IEnumerable<string> DescribeCaveats(RunReport main, IReadOnlyList<RunReport> all)
    {
        if (SampleMark.Describe([.. all.Select(run => run.Run)]) is { } sample)
            yield return sample + ".";
        var models = all.Select(run => ModelLabel.Create(run.Manifest.Target.Model)).Distinct().ToList();
        if (models.Count > 1)
            yield return $"Sweep and systems have different models ({WordFormat.List(models)}): do not compare their numbers.";
        var views = all.SelectMany(run => run.Trials).Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var contexts = all.SelectMany(run => run.Contexts).ToList();
        if (contexts.Sum(at => at.TrialsWithInterference.Count) is > 0 and var disturbed)
            yield return $"{NumberFormat.Tokens(disturbed)} of {WordFormat.Count(views.Count, "trial")} were disturbed by other work on "
                + "the machine. " + DescribeDisturbed(disturbed, contexts.Sum(at => at.DisturbedLeftOut.Count));
        if (all.Min(run => run.Manifest.Plan.Repetitions) is var fewest && fewest < main.Rules.Comparison.MinPairs)
            yield return $"With {WordFormat.Count(fewest, "repetition")}, differences between numbers can be chance; "
                + $"{NumberFormat.Tokens(main.Rules.Comparison.MinPairs)} would show whether they are real.";
        if (views.Count(view => !view.Trial.Outcome.IsCompleted) is > 0 and var failed)
            yield return $"{NumberFormat.Tokens(failed)} of {WordFormat.Count(views.Count, "trial")} did not complete; the pictures show "
                + "them as crosses.";
        if (all.Any(run => run.Manifest.Target.Kind == TargetKind.Embedded
            && SyntheticSpec.Presets.Any(preset => preset.Name == run.Manifest.Target.Model)))
            yield return "The model is synthetic: its size and its speed are real, its answers have no meaning.";
        if (all.Any(run => run.Manifest.Plan.Method == SweepMethod.SyntheticDepth))
            yield return "Prompts of the systems were not computed: the cache was filled directly. The answers after them are real.";
        if (all.Any(run => run.Run.Trials.Any(trial => trial.Tier?.IsEmulated == true)))
            yield return "The storage of the managed system was slowed down to emulate another device.";
        if (main.Manifest.Machine.Virtualization?.StartsWith("virtual", StringComparison.Ordinal) == true)
            yield return "The machine is virtual: other guests of the same hardware can change its speed.";
    }
}
