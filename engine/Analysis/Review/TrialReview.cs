using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// Judges trials: the one place that yields doubts. It is pure: the same observations and the same rules give the same doubts. Targets and
/// sweeps report observations and never judge them.
/// </summary>
internal static class TrialReview
{
    /// <summary>The trials of a run with their doubts and rates, in the order run.</summary>
    /// <param name="run">The run, with its marks and telemetry where they were read.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    public static IReadOnlyList<TrialView> Review(Run run, ReviewRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Review(new ReviewedTrials(LabelSpeculation(run.Trials, run.Manifest)) { Run = run }, rules ?? ReviewRules.Default);
    }

    /// <summary>
    /// The same for trials without their run, as a sweep under way has them: without telemetry, without the bound of the machine's
    /// processors, and with the stored count of arrivals in place of marks.
    /// </summary>
    /// <param name="trials">Trials of one run. A trial is compared with those that are given.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    public static IReadOnlyList<TrialView> Review(IReadOnlyList<Trial> trials, ReviewRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return Review(new ReviewedTrials(LabelSpeculation(trials, manifest: null)), rules ?? ReviewRules.Default);
    }

    /// <summary>The same for a trial without any other to compare it with.</summary>
    public static TrialView Review(Trial trial) => Review([trial])[0];

    private static IReadOnlyList<TrialView> Review(ReviewedTrials all, ReviewRules rules)
    {
        TrialView View(Trial trial, IReadOnlyList<Doubt> doubts) =>
            new(trial, doubts, ArrivalPattern.Read(trial, all.Marks(trial), rules.Trials), rules.Trials);
        var views = all.Trials.Select(trial => View(trial, FindDoubts(trial, all, rules))).ToList();
        // A trial with an explained prefill time is neither suspected nor a reference, so these come last.
        var suspected = CacheHitDetection.Detect(views, all.Run?.Manifest, rules.Trials);
        return [.. views.Select(view => suspected.TryGetValue(view.Trial, out var hit)
            ? View(view.Trial, Sort([.. view.Doubts, hit]))
            : view)];
    }

    // A server speculates or does not: a trial that failed, or for which nothing was drafted, belongs to the others of its run.
    private static IReadOnlyList<Trial> LabelSpeculation(IReadOnlyList<Trial> trials, RunManifest? manifest) =>
        manifest?.Target.Details.GetValueOrDefault("speculative") == "yes"
            || trials.Any(trial => trial.Flags.HasFlag(TrialFlags.Speculative))
            ? [.. trials.Select(trial => trial with { Flags = trial.Flags | TrialFlags.Speculative })]
            : trials;

    private static IReadOnlyList<Doubt> FindDoubts(Trial trial, ReviewedTrials all, ReviewRules rules)
    {
        Doubt?[] found =
        [
            .. AnswerReview.FindDoubts(trial, rules.Trials),
            .. CacheReview.FindDoubts(trial, all, rules.Trials),
            .. SessionReview.FindDoubts(trial, all, rules.Trials),
            .. TimingReview.FindDoubts(trial, all, rules.Trials),
            StretchReview.Review(trial, all, rules.Trials),
            OtherClients.Review(trial, all, rules.Trials),
            InterferenceReview.Review(trial, all.Run, rules.Phases),
        ];
        var doubts = found.OfType<Doubt>().ToList();
        return Sort([.. doubts, .. ClaimedDoubts.Keep(trial, all, doubts)]);
    }

    private static IReadOnlyList<Doubt> Sort(IEnumerable<Doubt> doubts) =>
        [.. doubts.OrderBy(doubt => Doubt.Kinds.IndexOf(doubt.Kind))];
}
