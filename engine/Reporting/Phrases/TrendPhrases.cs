using MemoryWall.Analysis.Trends;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>A figure over runs, in words.</summary>
internal static class TrendPhrases
{
    private const int MaxDetails = 4;

    /// <summary>What the figure is, and of what.</summary>
    public static string FormatHeading(RunTrend trend)
    {
        ArgumentNullException.ThrowIfNull(trend);
        var (figure, runs) = (trend.Figure, trend.Runs.ToList());
        return $"{WordFormat.Capitalize(ComparisonPhrases.Name(figure.Quantity))} at {NumberFormat.Context(figure.ContextTokens)} "
            + $"({figure.Method.Label()}) of {ModelLabel.Create(runs[0].Manifest.Target.Model)} on "
            + $"{WordFormat.SingleLine(MachineLabel.Create(runs[0].Manifest.Machine))}: {WordFormat.Count(runs.Count, "run")}, "
            + $"{NumberFormat.Time(runs[0].Manifest.StartedUtc)} to {NumberFormat.Time(runs[^1].Manifest.StartedUtc)}.";
    }

    /// <summary>The changes, or that there is none; one sentence or more.</summary>
    public static IEnumerable<string> Format(RunTrend trend)
    {
        ArgumentNullException.ThrowIfNull(trend);
        var runs = trend.Runs.Count();
        if (runs < trend.MinRuns)
            return [$"A change cannot be shown: it needs {NumberFormat.Tokens(trend.MinRuns)} runs of one setup, and there "
                + $"{(runs == 1 ? "is 1" : $"are {NumberFormat.Tokens(runs)}")}."];
        return trend.Changes.Count == 0
            ? ["No change is shown. A steady series gets one with a probability of at most "
                + $"{NumberFormat.Percent(trend.Significance)}."]
            : trend.Changes.Select(change => Format(trend, change));
    }

    /// <summary>What was not compared; null where nothing was left out.</summary>
    /// <param name="otherSetups">Runs of the same model and machine with other settings.</param>
    /// <param name="without">Runs that have no value of the figure.</param>
    public static string? FormatLeftOut(int otherSetups, int without)
    {
        string[] parts =
        [
            .. otherSetups > 0 ? new[] { $"{WordFormat.Count(otherSetups, "run")} of other settings" } : [],
            .. without > 0 ? new[] { $"{WordFormat.Count(without, "run")} without this figure" } : [],
        ];
        return parts.Length == 0 ? null : $"Not compared: {WordFormat.List(parts)}.";
    }

    /// <summary>No run of the lake fits.</summary>
    public static string FormatNothing(string? model, string? machine) => "No run of the lake "
        + (model is null && machine is null ? "has this figure"
            : $"is of {WordFormat.List([.. Quote("the model", model), .. Quote("the machine", machine)])} and has this figure")
        + "; memwall lake query \"SELECT DISTINCT model, cpu_model FROM runs\" names what there is.";

    private static IEnumerable<string> Quote(string what, string? name) =>
        name is null ? [] : [$"{what} '{WordFormat.SingleLine(name)}'"];

    private static string Format(RunTrend trend, TrendChange change)
    {
        var ratio = change.Finding.Ratio;
        var before = trend.Runs.TakeWhile(run => run != change.First).Count();
        var sentence = $"From run {Id(change.First.Manifest)} ({NumberFormat.Time(change.First.Manifest.StartedUtc)}) on the "
            + $"{ComparisonPhrases.Name(trend.Figure.Quantity)} is {NumberFormat.Ratio(ratio.Value)} times what it was "
            + $"{EstimateFormat.Interval(ratio, NumberFormat.Ratio)}, {NumberFormat.PValue(change.PValue)} over all places of a change; "
            + $"{WordFormat.Count(before, "run")} came before.";
        return change.Updates.Count == 0
            ? sentence + " Nothing that runs record was updated there."
            : $"{sentence} Updated there: {string.Join("; ", change.Updates.Take(MaxDetails).Select(ComparisonPhrases.Difference))}.";
    }

    private static string Id(RunManifest run) => WordFormat.SingleLine(run.RunId);
}
