using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>Checks a plan by itself, before anything is asked of a target.</summary>
internal static class PlanCheck
{
    private const long MinCapBytes = 4 << 20;

    public static IEnumerable<PreflightFinding> Check(SweepPlan plan)
    {
        if (plan.Contexts.Count == 0)
            yield return PreflightFinding.Error("contexts", "there are none; give at least one, for example 2k,8k,32k");
        foreach (var context in plan.Contexts.Where(context => context.Value < 1))
            yield return PreflightFinding.Error("contexts", $"{context.Value} is not a context; the smallest is 1 token");
        if (plan.OutputTokens < 2)
            yield return PreflightFinding.Error("output tokens", $"{plan.OutputTokens} is too few; a generation rate needs 2 or more");
        if (plan.Repetitions < 1)
            yield return PreflightFinding.Error("repetitions", $"{plan.Repetitions} is too few; 1 or more");
        if (plan.Warmups < 0)
            yield return PreflightFinding.Error("warm-ups", $"{plan.Warmups} is not a number of warm-ups; 0 or more");
        if (plan.Concurrency.Count == 0)
            yield return PreflightFinding.Error("concurrency", "there are no levels; give at least one, for example 1,2,4");
        foreach (var level in plan.Concurrency.Where(level => level is < 1 or > 256))
            yield return PreflightFinding.Error("concurrency", $"{level} streams at once cannot be run; 1 to 256");
        if (plan.Method != SweepMethod.Cold && plan.Concurrency.Any(level => level != 1))
            yield return PreflightFinding.Error("concurrency",
                $"the method {plan.Method.Label()} is one stream; leave it at 1, or use the cold method");
        if (plan.Method != SweepMethod.Cold && plan.WarmPrefix)
            yield return PreflightFinding.Error("warm prefix",
                "it belongs to the cold method; the others say for themselves what they compute");
        if (plan is { Wall: not null, Method: SweepMethod.IncrementalDepth or SweepMethod.Auto or SweepMethod.Resume })
            yield return PreflightFinding.Error("method", "the wall is looked for with cold or sampled trials");
        if (plan.WindowMarginTokens < 0)
            yield return PreflightFinding.Error("window margin", $"{plan.WindowMarginTokens} is below 0");
        foreach (var (name, limit) in Limits(plan.Limits).Where(entry => entry.Limit <= TimeSpan.Zero))
            yield return PreflightFinding.Error($"{name} limit",
                FormattableString.Invariant($"{limit.TotalSeconds} s is not a time limit; more than 0"));
        if (plan.PromptKind == PromptKind.Document && plan.DocumentPath is null)
            yield return PreflightFinding.Error("document", "no file is named; give the path of a text file");
        if (plan.DocumentPath is { } path && !File.Exists(path))
            yield return PreflightFinding.Error("document", $"there is no file '{path}'");
        foreach (var finding in CheckChoice("KV type", plan.Options.KvType, ["f16", "q8_0", "q4_0"])
                     .Concat(CheckChoice("flash attention", plan.Options.FlashAttention, ["on", "off", "auto"]))
                     .Concat(CheckChoice("load mode", plan.Options.LoadMode, ["mmap", "no_mmap", "mlock"])))
            yield return finding;
        if (plan.Options is { KvType: "q8_0" or "q4_0", FlashAttention: "off" })
            yield return PreflightFinding.Error("KV type",
                $"{plan.Options.KvType} needs flash attention, which is off; set it to on or auto");
        if ((plan.Crossover is not null || plan.Precision is not null) && (plan.Method != SweepMethod.Cold || plan.Wall is not null))
            yield return PreflightFinding.Error("method",
                "further trials are placed by what was measured only where each trial computes its whole prompt (cold), and not in a search for the wall");
        if (plan.Crossover is { Tolerance: not (> 0 and < 1) } crossover)
            yield return PreflightFinding.Error("crossover tolerance",
                FormattableString.Invariant($"{crossover.Tolerance} is no share; above 0 and below 1, for example 0.05"));
        if (plan.Crossover is not null && plan.Contexts.Distinct().Count() < 2)
            yield return PreflightFinding.Error("contexts", "a search for the crossover needs two or more, one on each side of it");
        if (plan.Precision is { Tolerance: not (> 0 and < 1) } precision)
            yield return PreflightFinding.Error("precision",
                FormattableString.Invariant($"{precision.Tolerance} is no share; above 0 and below 1, for example 0.02"));
        if (plan.Precision is { } timed && timed.Budget <= TimeSpan.Zero)
            yield return PreflightFinding.Error("budget",
                FormattableString.Invariant($"{timed.Budget.TotalSeconds} s is not a time; more than 0"));

        if (plan.Cap is { Bytes: < MinCapBytes } cap)
            yield return PreflightFinding.Error("cap", $"{cap.Bytes} bytes are too few for any process; 4 MiB or more");
        if (plan.Cap is { SwapBytes: < 0 } swap)
            yield return PreflightFinding.Error("swap", $"{swap.SwapBytes} bytes are no amount of swap; 0 or more");
        foreach (var finding in TierCheck.Check(plan))
            yield return finding;
        foreach (var finding in CheckWall(plan))
            yield return finding;
        foreach (var (name, value, least) in ListIntegerOptions(plan.Options).Where(entry => entry.Value < entry.Least))
            yield return PreflightFinding.Error(name, $"{value} is too few; {least} or more");
    }

    private static IEnumerable<PreflightFinding> CheckWall(SweepPlan plan)
    {
        if (plan.Wall is not { } wall)
            yield break;
        if (wall.FromTokens < 1)
            yield return PreflightFinding.Error("from", $"{wall.FromTokens} is not a context; the smallest is 1 token");
        if (wall.ToTokens <= wall.FromTokens)
            yield return PreflightFinding.Error("to", $"{wall.ToTokens} is not beyond the first context, {wall.FromTokens}");
        if (wall.Tolerance is not (> 0 and < 1))
            yield return PreflightFinding.Error("tolerance",
                FormattableString.Invariant($"{wall.Tolerance} is no share of a context; above 0 and below 1, for example 0.02"));
        if (wall.MinStepTokens < 1)
            yield return PreflightFinding.Error("least step", $"{wall.MinStepTokens} is too few; 1 or more");
        if (plan.Concurrency is not [1])
            yield return PreflightFinding.Error("concurrency", "the wall is looked for with one stream at a time");
    }

    private static IEnumerable<PreflightFinding> CheckChoice(string name, string? value, string[] choices) =>
        value is null || choices.Contains(value)
            ? []
            : [PreflightFinding.Error(name, $"'{value}' is not known; one of {string.Join(", ", choices)}")];

    private static (string Name, TimeSpan Limit)[] Limits(PhaseLimits limits) =>
        [("load", limits.Load), ("prefill", limits.Prefill), ("generation", limits.Generation), ("silence", limits.Silence)];

    private static (string Name, int? Value, int Least)[] ListIntegerOptions(TargetOptions options) =>
        [("threads", options.Threads, 1), ("prefill threads", options.PrefillThreads, 1), ("batch tokens", options.BatchTokens, 1),
            ("GPU layers", options.GpuLayers, 0)];
}
