using System.Globalization;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Live;

/// <summary>A run in the history of a dashboard, as text. Text of users and servers is not escaped here.</summary>
internal sealed record HistoryRow
{
    private const int MaxTextLength = 120;

    /// <summary>The run's id.</summary>
    public required string Id { get; init; }

    /// <summary>When it began.</summary>
    public string Started { get; init; } = "";

    /// <summary>The user's name for it; empty for none.</summary>
    public string Label { get; init; } = "";

    /// <summary>The system in a comparison, else the kind of target.</summary>
    public string System { get; init; } = "";

    /// <summary>The model.</summary>
    public string Model { get; init; } = "";

    /// <summary>The memory limit.</summary>
    public string Cap { get; init; } = "";

    /// <summary>Completed and measured trials.</summary>
    public string Trials { get; init; } = "";

    /// <summary>The largest context with nothing but completed trials.</summary>
    public string LargestContext { get; init; } = "";

    /// <summary>The comparison that it belongs to; null for none.</summary>
    public string? Comparison { get; init; }

    /// <summary>The model and how its contexts are reached: runs of one subject can be compared.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Whether the user archived it.</summary>
    public bool IsArchived { get; init; }

    /// <summary>Why it cannot be read; null where it can.</summary>
    public string? Problem { get; init; }

    /// <summary>The row of a run.</summary>
    /// <param name="manifest">The run.</param>
    /// <param name="trials">Its trials.</param>
    /// <param name="isArchived">Whether the user archived it.</param>
    public static HistoryRow Create(RunManifest manifest, IReadOnlyList<Trial> trials, bool isArchived)
    {
        var measured = trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup) && trial.Outcome is not Cancelled).ToList();
        int? largest = measured.GroupBy(trial => trial.ContextTokens).OrderBy(context => context.Key)
            .TakeWhile(context => context.All(trial => trial.Outcome.IsCompleted)).LastOrDefault()?.Key;
        return new HistoryRow
        {
            Id = manifest.RunId,
            Started = NumberFormat.Time(manifest.StartedUtc),
            Label = Line(manifest.Label ?? ""),
            System = Line(manifest.Plan.System ?? manifest.Target.Kind),
            Model = Line(manifest.Target.Model),
            Cap = CapPhrases.FormatSize(manifest.Plan.Cap),
            Trials = $"{NumberFormat.Tokens(measured.Count(trial => trial.Outcome.IsCompleted))} of {NumberFormat.Tokens(measured.Count)}",
            LargestContext = largest is { } context ? NumberFormat.Context(context) : NumberFormat.Absent,
            Subject = string.Create(CultureInfo.InvariantCulture,
                $"{manifest.Target.Kind} {manifest.Target.Model} {manifest.Plan.Method} {manifest.Plan.WarmPrefix}"),
            Comparison = manifest.Comparison?.Id,
            IsArchived = isArchived,
        };
    }

    /// <summary>The row of a folder that cannot be read as a run.</summary>
    public static HistoryRow CreateUnreadable(string id, string problem) => new() { Id = id, Problem = Line(problem) };

    /// <summary>Whether a text occurs in the row.</summary>
    public bool Contains(string text) => new[] { Id, Started, Label, System, Model, Cap }.Any(
        cell => cell.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static string Line(string text) => WordFormat.SingleLine(text, MaxTextLength);
}
