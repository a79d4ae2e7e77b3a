using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Sweeps;

namespace MemoryWall.Reporting.Live;

/// <summary>A running sweep as one line of text, for outputs that show no picture, and its last words.</summary>
internal static class LiveLine
{
    private const int Width = 20;

    /// <summary>What the sweep does: its step, phase, rate and time left.</summary>
    public static string Format(LiveSnapshot run)
    {
        if (run.Feed is not { StepNumber: > 0 } feed)
            return LiveWords.State(run);
        var share = (feed.StepNumber - 1.0) / Math.Max(1, feed.StepCount);
        var name = run.System is { } system ? WordFormat.SingleLine(system) + " " : "";
        var rate = feed.Phase switch
        {
            Phase.Prefill => run.PrefillTps,
            Phase.Generation => feed.GenerationRate,
            _ => null,
        };
        return string.Join(" · ", new[]
        {
            $"{BarFormat.Format(share, Width)} {name}{LiveWords.Step(run)}",
            LiveWords.State(run),
            feed.Phase == Phase.Prefill && run.PrefillShare is { } done ? NumberFormat.Percent(done) : null,
            feed.Phase == Phase.Generation ? WordFormat.Count(feed.OutputTokens, "token") : null,
            rate is { } known ? NumberFormat.Rate(known) : null,
            LiveWords.Time(run),
        }.OfType<string>());
    }

    /// <summary>How a sweep ended, with the trials that completed.</summary>
    public static string FormatEnding(LiveSnapshot run, SweepEnding ending) =>
        $"{(run.System is { } system ? WordFormat.SingleLine(system) + ": " : "")}{DescribeEnding(ending)}: "
        + $"{NumberFormat.Tokens(run.Progress.Completed)} of {WordFormat.Count(run.Progress.Measured, "trial")} completed";

    /// <summary>Where the trials are and how to go on after an interruption.</summary>
    public static string FormatWayOn(LiveSnapshot run) =>
        $"run {run.Manifest.RunId}; finished trials are on disk. To continue after an interruption: "
        + $"Sweep.ResumeAsync(\"{run.Manifest.RunId}\")";

    /// <summary>The ending in a few words.</summary>
    public static string DescribeEnding(SweepEnding ending) => ending switch
    {
        SweepEnding.Completed => "done",
        SweepEnding.SomeTrialsFailed => "done, with failures",
        SweepEnding.Cancelled => "stopped",
        SweepEnding.PreflightFailed => "cannot run; see the error below",
        _ => "the run could not be stored",
    };
}
