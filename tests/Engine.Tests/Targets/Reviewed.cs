using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Sweeps.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>Reviews what a target reported, in the form in which a sweep stores it.</summary>
internal static class Reviewed
{
    /// <summary>The trial of a report.</summary>
    public static Trial Trial(InferenceReport report, InferenceRequest? request = null, SweepMethod method = SweepMethod.Cold,
        int concurrency = 1)
    {
        request ??= Scripted.Request();
        var asked = new TrialRequest
        {
            Step = new SweepStep(request.Prompt.TokenCount, 1, concurrency),
            Number = 1,
            OutputTokens = request.OutputTokens,
            WindowTokens = request.WindowTokens,
            Prompt = request.Prompt,
            WarmPrefix = request.WarmPrefix,
            Method = method,
            SkipPromptTokens = request.SkipPromptTokens,
        };
        return TrialBuilder.Build(asked, load: null, report);
    }

    /// <summary>The kinds of the doubts about it.</summary>
    public static IReadOnlyList<string> Doubts(InferenceReport report, InferenceRequest? request = null,
        SweepMethod method = SweepMethod.Cold, int concurrency = 1) => Doubts(Trial(report, request, method, concurrency));

    /// <summary>The kinds of the doubts about a trial that is compared with no other.</summary>
    public static IReadOnlyList<string> Doubts(Trial trial) => [.. TrialReview.Review(trial).Doubts.Select(doubt => doubt.Kind)];
}
