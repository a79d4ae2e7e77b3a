using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Finds the timeline that was recorded during a trial.</summary>
internal static class TimelineLookup
{
    /// <summary>The last timeline that began before the trial; null where none did.</summary>
    public static TelemetryTimeline? Find(Run run, Trial trial) =>
        FindIndex(run, trial) is >= 0 and var index ? run.Telemetry[index] : null;

    /// <summary>Its place among the timelines of the run; -1 where there is none.</summary>
    public static int FindIndex(Run run, Trial trial) => trial.Client.Sent is not { } sent
        ? -1
        : run.Telemetry.ToList().FindLastIndex(timeline => timeline.Samples.Count > 0 && timeline.Samples[0].At.CompareTo(sent) <= 0);
}
