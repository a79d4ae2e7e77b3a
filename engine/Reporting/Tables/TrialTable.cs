using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The trials of a run, the smallest context first. Columns that would be empty or the same in every row are left out.</summary>
internal static class TrialTable
{
    /// <summary>The measured trials of a run.</summary>
    /// <param name="trials">Its trials; warm-ups are counted by <see cref="FormatWarmups"/> and not shown.</param>
    /// <param name="withNumbers">Whether the trials' numbers have a column, for which a terminal of 80 columns has no room.</param>
    public static TextTable Create(IEnumerable<TrialView> trials, bool withNumbers) =>
        CreateForAll(trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)), withNumbers);

    /// <summary>All of these trials with their numbers, warm-ups too.</summary>
    public static TextTable CreateForAll(IEnumerable<TrialView> trials) => CreateForAll(trials, withNumbers: true);

    private static TextTable CreateForAll(IEnumerable<TrialView> trials, bool withNumbers)
    {
        var shown = trials.OrderBy(view => view.Trial.Method).ThenBy(view => view.Trial.ContextTokens)
            .ThenBy(view => view.Trial.Concurrency).ThenBy(view => view.Trial.Repetition).ThenBy(view => view.Trial.Stream).ToList();
        var keys = KeyColumns(shown, withNumbers).ToList();
        TableColumn<TrialView>[] columns = [.. keys, .. ValueColumns(shown)];
        return columns.ToTable(shown, keys.Count);
    }

    /// <summary>How many warm-ups are not shown; null for none.</summary>
    public static string? FormatWarmups(IEnumerable<TrialView> trials) =>
        trials.Count(view => view.Trial.Flags.HasFlag(TrialFlags.Warmup)) is > 0 and var count
            ? $"Not shown: {WordFormat.Count(count, "warm-up trial")}."
            : null;

    /// <summary>How many turns of conversations are not shown, since they completed; null for none.</summary>
    public static string? FormatCompletedTurns(IEnumerable<TrialView> trials) =>
        trials.Count(view => view.Trial.Outcome.IsCompleted && !view.Trial.Flags.HasFlag(TrialFlags.Warmup)) is > 0 and var count
            ? $"Not shown: {WordFormat.Count(count, "completed turn")}; memwall runs export writes them."
            : null;

    private static IEnumerable<TableColumn<TrialView>> KeyColumns(List<TrialView> trials, bool withNumbers)
    {
        if (withNumbers)
            yield return new("trial", view => NumberFormat.Tokens(view.Trial.Number));
        yield return new("context", view => NumberFormat.Tokens(view.Trial.ContextTokens));
        if (trials.Any(view => view.Trial.Repetition > 1))
            yield return new("rep", view => NumberFormat.Tokens(view.Trial.Repetition));
        if (trials.Any(view => view.Trial.Concurrency > 1))
            yield return new("stream", view => $"{view.Trial.Stream}/{view.Trial.Concurrency}");
        if (trials.Any(view => view.Trial.Method != SweepMethod.Cold))
            yield return new("method", view => view.Trial.Method.Label(), IsNumber: false);
    }

    // A prompt that was not computed has a rate of its last batch, and no other prefill figures.
    private static IEnumerable<TableColumn<TrialView>> ValueColumns(List<TrialView> trials)
    {
        var hasLastBatch = trials.Any(view => view.PrefillRateAtDepth is not null);
        var hasPrefill = !hasLastBatch || trials.Any(view => view.PrefillRate is not null);
        yield return new("load", view => NumberFormat.Duration(view.Trial.Client.Load), DropOrder: 1);
        if (hasPrefill)
        {
            yield return new("TTFT", view => NumberFormat.Duration(view.Ttft));
            yield return new("prefill t/s", view => NumberFormat.RateNumber(view.PrefillRate), DropOrder: 4);
        }
        if (hasLastBatch)
            yield return new("last batch t/s", view => NumberFormat.RateNumber(view.PrefillRateAtDepth));
        yield return new("generation t/s", RateCells.FormatGenerationRate);
        if (hasPrefill)
        {
            yield return new("blended t/s", view => NumberFormat.RateNumber(view.BlendedRate), DropOrder: 2);
            yield return new("prefill share", view => NumberFormat.Percent(view.PrefillShare), DropOrder: 3);
        }
        yield return new("outcome", FormatOutcome, IsNumber: false);
    }

    private static string FormatOutcome(TrialView view)
    {
        // The number of streams has a column of its own.
        var doubts = DoubtPhrases.Labels(view, omitted: TrialFlags.Concurrent);
        var kind = WordFormat.Words(view.Trial.Outcome.Kind);
        return doubts.Length == 0 ? kind : $"{kind} ({doubts})";
    }
}
