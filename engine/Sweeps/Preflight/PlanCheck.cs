using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using static System.FormattableString;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Checks a plan by itself, before the target is started. Each table is one part of the plan, each row one rule.</summary>
internal static class PlanCheck
{
    private const long MinCapBytes = 4 << 20;
    private const int MaxConcurrency = 256;
    private const int MaxSteps = 1_000_000;

    /// <summary>What makes the steps of a plan countless or meaningless. A stored plan is checked so before its steps are made; nothing but
    /// the plan is looked at.</summary>
    public static IReadOnlyList<PreflightFinding> CheckGrid(SweepPlan plan) => [.. PlanRule.FindErrors(ListGridRules(plan))];

    /// <summary>All findings at once; none for a valid plan.</summary>
    public static IEnumerable<PreflightFinding> Check(SweepPlan plan) =>
    [
        .. PlanRule.FindErrors(
        [
            .. ListGridRules(plan), .. ListPromptRules(plan), .. ListLimitRules(plan.Limits), .. ListOptionRules(plan),
            .. ListCapRules(plan.Cap), .. ListMethodRules(plan), .. ListCrossoverRules(plan), .. ListPrecisionRules(plan.Precision),
            .. ListWallRules(plan.Wall), .. SessionCheck.ListRules(plan), .. ExporterCheck.ListRules(plan),
        ]),
        .. TierCheck.Check(plan),
    ];

    private static IEnumerable<PlanRule> ListGridRules(SweepPlan plan) =>
    [
        new("contexts", plan.Contexts.Count == 0, "the list is empty; give at least one context, for example 2k,8k,32k"),
        .. plan.Contexts.Where(context => context.Value < 1).Select(context =>
            new PlanRule("contexts", true, $"{context.Value} is not a context; the smallest is 1 token")),
        new("output tokens", plan.OutputTokens < 2, $"{plan.OutputTokens} is too few; a generation rate needs 2 or more"),
        new("repetitions", plan.Repetitions < 1, $"{plan.Repetitions} is too few; give 1 or more"),
        new("repetitions", CountSteps(plan) > MaxSteps,
            Invariant($"{plan.Repetitions} of each context and level are {CountSteps(plan):0} steps; give at most {MaxSteps} steps")),
        new("warm-ups", plan.Warmups < 0, $"{plan.Warmups} is not a number of warm-ups; give 0 or more"),
        new("concurrency", plan.Concurrency.Count == 0, "the list is empty; give at least one level, for example 1,2,4"),
        .. plan.Concurrency.Where(level => level is < 1 or > MaxConcurrency).Select(level =>
            new PlanRule("concurrency", true, $"{level} is not a number of concurrent streams; give 1 to {MaxConcurrency}")),
        new("window margin", plan.WindowMarginTokens < 0, $"{plan.WindowMarginTokens} is below 0; give 0 or more"),
    ];

    private static double CountSteps(SweepPlan plan) => plan.Warmups + (double)plan.Repetitions
        * (plan.Sessions is { } sessions ? sessions.Users.Count : (double)plan.Contexts.Count * plan.Concurrency.Count);

    private static IEnumerable<PlanRule> ListPromptRules(SweepPlan plan) =>
    [
        new("document", plan.PromptKind == PromptKind.Document && plan.DocumentPath is null,
            "no file is given; give the path of a text file"),
        new("document", plan.DocumentPath is { } path && !File.Exists(path), $"the file '{plan.DocumentPath}' does not exist"),
        new("prompt as", plan is { PromptAs: PromptForm.Text, Method: SweepMethod.IncrementalDepth, Wall: null },
            "a prompt that grows through all contexts is sent as token ids and has no TTFT; use ids, or the cold method"),
    ];

    private static IEnumerable<PlanRule> ListLimitRules(PhaseLimits limits)
    {
        (string Name, TimeSpan Limit)[] all =
            [("load", limits.Load), ("prefill", limits.Prefill), ("generation", limits.Generation), ("silence", limits.Silence)];
        return all.Select(entry => new PlanRule($"{entry.Name} limit", entry.Limit <= TimeSpan.Zero,
            Invariant($"{entry.Limit.TotalSeconds} s is not a time limit; give more than 0")));
    }

    private static IEnumerable<PlanRule> ListOptionRules(SweepPlan plan) => ListOptionRules(plan.Options,
        plan.Target == TargetKind.Embedded || plan.Target.StartsWith(TargetKind.Embedded + ":", StringComparison.Ordinal)
            ? TargetOptions.MinBatchTokens
            : 1);

    private static IEnumerable<PlanRule> ListOptionRules(TargetOptions options, int minBatchTokens) =>
    [
        CheckChoice("KV type", options.KvType, ["f16", "q8_0", "q4_0"]),
        CheckChoice("flash attention", options.FlashAttention, ["on", "off", "auto"]),
        CheckChoice("load mode", options.LoadMode, ["mmap", "no_mmap", "mlock"]),
        new("KV type", options is { KvType: "q8_0" or "q4_0", FlashAttention: "off" },
            $"{options.KvType} needs flash attention, which is off; set it to on or auto"),
        CheckMinimum("threads", options.Threads, 1),
        CheckMinimum("prefill threads", options.PrefillThreads, 1),
        CheckMinimum("batch tokens", options.BatchTokens, minBatchTokens),
        CheckMinimum("GPU layers", options.GpuLayers, 0),
    ];

    private static IEnumerable<PlanRule> ListCapRules(CapPlan? cap) =>
    [
        new("cap", cap?.Bytes < MinCapBytes, $"{cap?.Bytes} bytes are too few for a process; give 4 MiB or more"),
        new("swap", cap?.SwapBytes < 0, $"{cap?.SwapBytes} bytes are not an amount of swap; give 0 or more"),
    ];

    // The combinations of method, cap and search that exclude each other.
    private static IEnumerable<PlanRule> ListMethodRules(SweepPlan plan)
    {
        var isCold = plan.Method == SweepMethod.Cold;
        var hasAdaptiveTrials = plan.Crossover is not null || plan.Precision is not null;
        return
        [
            new("concurrency", !isCold && plan.Concurrency.Any(level => level != 1),
                $"the method {plan.Method.Label()} runs one stream; set concurrency to 1, or use the cold method"),
            new("warm prefix", !isCold && plan.WarmPrefix,
                $"a warm prefix belongs to the cold method; the method {plan.Method.Label()} reports itself what it computes"),
            new("method", plan is { Wall: not null, Method: SweepMethod.IncrementalDepth or SweepMethod.Auto or SweepMethod.Resume },
                $"a search for the wall uses cold trials or synthetic depth, not {plan.Method.Label()}"),
            new("method", hasAdaptiveTrials && (!isCold || plan.Wall is not null),
                "a crossover search and a precision target need cold trials, and cannot be combined with a search for the wall"),
            new("concurrency", plan is { Wall: not null, Concurrency: not [1] },
                "a search for the wall runs one stream; set concurrency to 1"),
        ];
    }

    private static IEnumerable<PlanRule> ListCrossoverRules(SweepPlan plan) =>
    [
        CheckShare("crossover tolerance", plan.Crossover?.Tolerance, "0.05"),
        new("contexts", plan.Crossover is not null && plan.Contexts.Distinct().Count() < 2,
            "a crossover search needs two or more contexts, one on each side of the crossover"),
    ];

    private static IEnumerable<PlanRule> ListPrecisionRules(PrecisionPlan? precision) =>
    [
        CheckShare("precision", precision?.Tolerance, "0.02"),
        new("budget", precision?.Budget <= TimeSpan.Zero,
            Invariant($"{precision?.Budget.TotalSeconds} s is not a time budget; give more than 0")),
    ];

    private static IEnumerable<PlanRule> ListWallRules(WallPlan? wall) =>
    [
        new("from", wall?.FromTokens < 1, $"{wall?.FromTokens} is not a context; the smallest is 1 token"),
        new("to", wall?.ToTokens <= wall?.FromTokens,
            $"{wall?.ToTokens} is not above the first context, {wall?.FromTokens}; give a larger one or none"),
        CheckShare("tolerance", wall?.Tolerance, "0.02"),
        new("min step", wall?.MinStepTokens < 1, $"{wall?.MinStepTokens} is too few; give 1 or more"),
    ];

    private static PlanRule CheckChoice(string name, string? value, string[] choices) =>
        new(name, value is not null && !choices.Contains(value), $"'{value}' is not known; use one of {string.Join(", ", choices)}");

    private static PlanRule CheckMinimum(string name, int? value, int minimum) =>
        new(name, value < minimum, $"{value} is too few; give {minimum} or more");

    private static PlanRule CheckShare(string name, double? value, string example) =>
        new(name, value is not (null or (> 0 and < 1)),
            Invariant($"{value} is not a share; give above 0 and below 1, for example {example}"));
}
