using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// Finds prefill that does not grow with the prompt. A processor computes every token of a prompt, so its time grows with their number; a
/// time that is the same for 256 and for 1,024 tokens is that of something else, such as the last token after a cache hit. Only on
/// processors: an accelerator can need the same time for short prompts, for which it waits for its memory or for its next command.
/// </summary>
internal static class FlatPrefill
{
    // Trials that differ in them differ in speed for another reason than their prompts.
    private const TrialFlags SettingFlags = TrialFlags.WarmPrefix | TrialFlags.Emulated | TrialFlags.Speculative;

    private static readonly string[] s_otherSystems = ["Microsoft Windows", "Darwin", "macOS"];

    /// <summary>The trials whose prefill does not grow, each with the doubt about it: all of such a run, none of an honest one.</summary>
    /// <param name="timed">Trials with a prefill time that nothing else explains.</param>
    /// <param name="manifest">The manifest of their run; null where it is not at hand, and then nothing is found.</param>
    /// <param name="rules">The thresholds.</param>
    public static IEnumerable<(Trial Trial, SuspectedCacheHit Doubt)> Find(IEnumerable<TrialView> timed, RunManifest? manifest,
        TrialRules rules)
    {
        if (manifest is null)
            return [];
        return timed.Where(view => view.Trial.Method == SweepMethod.Cold && view.Trial.ContextTokens >= rules.MinFlatTokens
                && IsOnProcessors(view.Trial, manifest))
            .GroupBy(view => (view.Trial.Flags & SettingFlags, view.Trial.Concurrency, view.Prefill!.Value.Source))
            .SelectMany(group => FindInLevel([.. group], rules));
    }

    private static IEnumerable<(Trial, SuspectedCacheHit)> FindInLevel(IReadOnlyList<TrialView> level, TrialRules rules)
    {
        var medians = level.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).GroupBy(view => view.Trial.ContextTokens)
            .Select(context => (Tokens: context.Key, Seconds: Quantiles.Median(context.Select(Seconds)))).OrderBy(at => at.Tokens).ToList();
        if (medians.Count < 2)
            return [];
        var needed = medians.Count == 2 ? rules.MinFlatRangeOfTwo : rules.MinFlatRange;
        var (shortest, longest) = (medians.Min(at => at.Seconds), medians.Max(at => at.Seconds));
        if (medians[^1].Tokens < needed * medians[0].Tokens || longest > Limit(shortest, rules))
            return [];
        IReadOnlyList<int> contexts = [.. medians.Select(at => at.Tokens)];
        // A warm-up that was slower was computed.
        return level.Where(view => Seconds(view) <= Limit(longest, rules))
            .Select(view => (view.Trial, new SuspectedCacheHit(Seconds(view), null, ByProcessorBound: false,
                [.. level.Where(other => other != view && other.Trial.ContextTokens != view.Trial.ContextTokens)
                    .Select(other => other.Trial.Number)])
            {
                FlatContexts = contexts,
            }));
    }

    // A few milliseconds are the noise of a server's clock and of the step that it times.
    private static double Limit(double seconds, TrialRules rules) =>
        Math.Max(rules.MaxFlatRatio * seconds, seconds + rules.MaxFlatDifference.TotalSeconds);

    // Facts that a machine does not have decide nothing. Every GPU is found on Linux only: a Metal GPU, or one of a maker whose driver is
    // not read on Windows, is in no list, and short prompts can take it the same time.
    private static bool IsOnProcessors(Trial trial, RunManifest manifest) => trial.AcceleratorBytes == 0
        || trial.AcceleratorBytes is null && manifest.Machine is { CpuModel: not null, Gpus: [] } machine
            && !s_otherSystems.Any(name => machine.OperatingSystem.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            && Uri.TryCreate(manifest.Target.Endpoint, UriKind.Absolute, out var endpoint) && endpoint.IsLoopback;

    private static double Seconds(TrialView view) => view.Prefill!.Value.Duration.TotalSeconds;
}
