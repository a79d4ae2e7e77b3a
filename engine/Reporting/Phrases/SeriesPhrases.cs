using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>How rates change over a run independently of the context, in words.</summary>
internal static class SeriesPhrases
{
    /// <summary>Effects of time and of context cannot be separated.</summary>
    public const string ConfoundedOrder =
        "The contexts were measured in rising order, so effects of time (heat, fuller memory) cannot be separated from effects of context.";

    /// <summary>The first trials differ.</summary>
    public static string Format(WarmUpVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var cause = verdict.Ratio < 1
            ? "More warm-ups are needed"
            : "The machine was faster at first, because of a short boost or because other work started later";
        return $"The first measured trials differ from the later ones: the {PhaseName.Format(verdict.Phase)} rate of "
            + $"{WordFormat.Trials(verdict.Trials)} is {NumberFormat.Ratio(verdict.Ratio)} times that of the later trials. {cause}; "
            + "no trial is dropped.";
    }

    /// <summary>A rate drifts.</summary>
    public static string Format(DriftVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"Over the run the {PhaseName.Format(verdict.Phase)} rate {(verdict.Change < 0 ? "fell" : "rose")} by about "
            + $"{NumberFormat.Percent(Math.Abs(verdict.Change))} at every context (trend test, {NumberFormat.PValue(verdict.P)}): heat, "
            + "memory or other work changed the machine.";
    }

    /// <summary>A rate depends on the trial before.</summary>
    public static string Format(OrderEffectVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"The order matters: after a larger context the {PhaseName.Format(verdict.Phase)} rate is "
            + $"{NumberFormat.Ratio(verdict.Ratio)} times that after a smaller context (rank sum test, {NumberFormat.PValue(verdict.P)}). "
            + "A trial is affected by the trial before it.";
    }
}
