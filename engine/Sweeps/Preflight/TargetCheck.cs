using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using static System.FormattableString;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Checks a plan against its target: contexts, method and options.</summary>
internal static class TargetCheck
{
    private const string Embedded = TargetKind.Embedded;
    private const string Ollama = "ollama";

    /// <summary>All findings; none where the target supports the plan.</summary>
    public static IEnumerable<PreflightFinding> Check(SweepPlan plan, TargetFacts facts) =>
        [.. CheckContexts(plan, facts), .. TierCheck.Check(plan.Options.Tier, facts), .. CheckOptions(plan.Options, facts),
            .. CheckMethod(plan, facts)];

    private static IEnumerable<PreflightFinding> CheckContexts(SweepPlan plan, TargetFacts facts)
    {
        if (facts.MaxContextTokens is not { } max)
            return [];
        var rule = plan.WindowRule;
        return plan.Contexts.Where(context => rule.WindowFor(context.Value) > max).Select(context =>
            PreflightFinding.Error("contexts", Invariant(
                $"{context.Value} tokens + {rule.OutputTokens} output + {rule.MarginTokens} margin exceed the {max} tokens of ")
                + Invariant($"'{facts.Model}'; the largest context that fits is {rule.MaxContextIn(max)}")));
    }

    // An option that the target cannot apply would be stored with the run as if it had been applied.
    private static IEnumerable<PreflightFinding> CheckOptions(TargetOptions options, TargetFacts facts)
    {
        (string Name, bool IsSet, string[] Kinds)[] settings =
        [
            ("tier", options.Tier is not null, [Embedded]),
            ("conversation cache", options.ConversationCache is not null, [Embedded]),
            ("KV type", options.KvType is not null, [Embedded]),
            ("flash attention", options.FlashAttention is not null, [Embedded]),
            ("load mode", options.LoadMode is not null, [Embedded]),
            ("prefill threads", options.PrefillThreads is not null, [Embedded]),
            ("threads", options.Threads is not null, [Embedded, Ollama]),
            ("batch tokens", options.BatchTokens is not null, [Embedded, Ollama]),
            ("GPU layers", options.GpuLayers is not null, [Embedded, Ollama]),
        ];
        return PlanRule.FindErrors(settings.Select(setting => new PlanRule(setting.Name,
            setting.IsSet && !setting.Kinds.Contains(facts.Kind),
            $"a target of kind {facts.Kind} does not take this option; set it where that server is started and leave it out here")));
    }

    private static IEnumerable<PreflightFinding> CheckMethod(SweepPlan plan, TargetFacts facts)
    {
        var canResume = facts.CanResume && (facts.Kind != Embedded || plan.Options.Tier is not null);
        var needsIncrementalDepth = plan.Method is SweepMethod.IncrementalDepth or SweepMethod.SyntheticDepth && plan.Wall is null;
        if (plan.Method == SweepMethod.Resume && !canResume)
            yield return PreflightFinding.Error("method",
                $"resume needs a target that saves KV caches to storage, and this one, of kind {facts.Kind}, does not; use the embedded "
                + "server with --tier FOLDER, or a llama-server started with --slot-save-path DIR");
        else if (plan.Method == SweepMethod.SyntheticDepth && !facts.CanSkipPrefill)
            yield return PreflightFinding.Error("method",
                $"synthetic depth needs a target that can skip prefill, and this one, of kind {facts.Kind}, cannot; use cold");
        else if (needsIncrementalDepth && !facts.CanMeasureIncrementalDepth)
            yield return PreflightFinding.Error("method",
                $"{plan.Method.Label()} needs a target that proves that it reused its own prefix (for the embedded server: a model without "
                + $"recurrent layers or sliding windows), and this one, of kind {facts.Kind}, cannot; use cold or auto");
        else if (plan.Method == SweepMethod.Auto && !facts.CanMeasureIncrementalDepth)
            yield return PreflightFinding.Note("method",
                $"auto runs cold trials at every context, since this target, of kind {facts.Kind}, cannot prove that it reused its own "
                + "prefix");
    }
}
