using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>The conclusions from a run.</summary>
internal static class RunVerdicts
{
    /// <summary>The verdicts in reading order. There is always at least one.</summary>
    public static IReadOnlyList<Verdict> Evaluate(RunReport analysis)
    {
        ArgumentNullException.ThrowIfNull(analysis);
        return
        [
            CompletionVerdict(analysis.Trials),
            .. analysis.Levels.Zip(analysis.RateChanges).SelectMany(
                level => RateVerdicts.Evaluate(level.First, level.Second, analysis.Trials, analysis.Levels.Count > 1)),
            .. TrialVerdicts.Failures(analysis.Trials),
            .. TrialVerdicts.Doubts(analysis.Trials),
            .. ResumeVerdicts.Evaluate(analysis.ResumeGains),
            .. AgreementVerdicts.Evaluate(analysis.Agreements),
            .. analysis.Goodput.Select(
                goodput => new Verdict(VerdictTopic.Goodput, GoodputSentence.Format(goodput),
                    [.. goodput.Contexts.SelectMany(context => context.Trials).Order()])),
        ];
    }

    private static Verdict CompletionVerdict(IReadOnlyList<TrialView> views)
    {
        var measured = views.Select(view => view.Trial).Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var completed = measured.Count(trial => trial.Outcome.IsCompleted);
        var sentence = (measured.Count, completed) switch
        {
            (0, _) => "No trial was measured.",
            (1, 1) => "The only measured trial completed.",
            (1, 0) => "The only measured trial did not complete.",
            var (all, done) when done == all => $"All {all} measured trials completed.",
            (var all, 0) => $"None of the {all} measured trials completed.",
            var (all, done) => $"{done} of {all} measured trials completed.",
        };
        return new Verdict(VerdictTopic.Completion, sentence, [.. measured.Select(trial => trial.Number)]);
    }
}
