using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Views;

/// <summary>Trials as the command line shows them: one row each, failures with their reason, a dash for what is absent.</summary>
internal static class TrialsView
{
    public static View Of(IEnumerable<TrialView> views)
    {
        var all = views.ToList();
        return new View().Table(Table(all, withWarmups: true)).Items(all.Where(view => view.Trial.Outcome.Detail.Length > 0).Select(view => $"trial {view.Trial.Number}: {view.Trial.Outcome.Detail}"));
    }

    public static TextTable Table(IEnumerable<TrialView> views, bool withWarmups = false)
    {
        var rows = views.Where(view => withWarmups || !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
            .OrderBy(view => view.Trial.ContextTokens).ThenBy(view => view.Trial.Concurrency).ThenBy(view => view.Trial.Repetition).ThenBy(view => view.Trial.Stream);
        return new TextTable(
            [new("trial"), new("context"), new("rep"), new("load"), new("TTFT"), new("prefill"), new("generation"), new("blended"), new("prefill share"), new("outcome", IsNumber: false)],
            [.. rows.Select(view => (IReadOnlyList<string>)[Say.Tokens(view.Trial.Number), Say.Tokens(view.Trial.ContextTokens), Say.Tokens(view.Trial.Repetition), Say.Seconds(view.Trial.Client.Load?.TotalSeconds),
                Say.Seconds(view.Trial.Client.TimeToFirstToken?.TotalSeconds), Say.Rate(view.PrefillRate?.PerSecond), Say.Rate(view.GenerationRate?.PerSecond), Say.Rate(view.BlendedRate?.PerSecond), Say.Percent(view.PrefillShare), Outcome(view.Trial)])]);
    }

    private static string Outcome(Trial trial)
    {
        var flags = string.Join(", ", (trial.Flags & ~TrialFlags.Concurrent).Names().Select(Say.Kind));
        return Say.Kind(trial.Outcome.Kind) + (flags.Length == 0 ? "" : $" ({flags})");
    }
}
