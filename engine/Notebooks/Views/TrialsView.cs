using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks.Views;

/// <summary>One row per trial. A failure has its reason; an absent value is a dash.</summary>
internal static class TrialsView
{
    public static View Create(IEnumerable<TrialView> views)
    {
        var all = views.ToList();
        return new View().AddTable(CreateTable(all, withWarmups: true))
            .AddItems(
                all.Where(view => view.Trial.Outcome.Detail.Length > 0)
                    .Select(view => $"trial {view.Trial.Number}: {view.Trial.Outcome.Detail}"));
    }

    public static TextTable CreateTable(IEnumerable<TrialView> views, bool withWarmups = false)
    {
        var rows = views.Where(view => withWarmups || !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
            .OrderBy(view => view.Trial.ContextTokens).ThenBy(view => view.Trial.Concurrency).ThenBy(view => view.Trial.Repetition)
            .ThenBy(view => view.Trial.Stream);
        return new TextTable(
            [new("trial"), new("context"), new("rep"), new("load"), new("TTFT"), new("prefill"), new("generation"), new("blended"),
                new("prefill share"), new("outcome", IsNumber: false)],
            [.. rows.Select(
                view => (IReadOnlyList<string>)[NumberFormat.Tokens(view.Trial.Number), NumberFormat.Tokens(view.Trial.ContextTokens),
                    NumberFormat.Tokens(view.Trial.Repetition), NumberFormat.Duration(view.Trial.Client.Load?.TotalSeconds),
                NumberFormat.Duration(view.Trial.Client.TimeToFirstToken?.TotalSeconds), NumberFormat.Rate(view.PrefillRate?.PerSecond),
                NumberFormat.Rate(view.GenerationRate?.PerSecond), NumberFormat.Rate(view.BlendedRate?.PerSecond),
                NumberFormat.Percent(view.PrefillShare), FormatOutcome(view)])]);
    }

    private static string FormatOutcome(TrialView view)
    {
        string[] labels = [view.IsDepthSynthetic ? SweepMethod.SyntheticDepth.Label() : "",
            DoubtPhrases.Labels(view, omitted: TrialFlags.Concurrent)];
        var notes = string.Join(", ", labels.Where(label => label.Length > 0));
        return WordFormat.Words(view.Trial.Outcome.Kind) + (notes.Length == 0 ? "" : $" ({notes})");
    }
}
