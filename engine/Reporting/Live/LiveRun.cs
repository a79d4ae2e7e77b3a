using MemoryWall.Analysis.Live;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Reporting.Live;

/// <summary>Makes the snapshots of a sweep in the process that measures. Not safe for use from several threads.</summary>
/// <param name="tracker">Follows the sweep: the observer that it was started with.</param>
internal sealed class LiveRun(LiveTracker tracker)
{
    private readonly LiveHistory _history = new();
    private RunProgress? _progress;
    private int _trialCount = -1;

    /// <summary>The sweep now; null before its run began. Call it as often as the view is drawn, at most some times a second.</summary>
    public LiveSnapshot? Update()
    {
        if (tracker.Read() is not { } feed || tracker.Manifest is not { } manifest)
            return null;
        var trials = tracker.Trials;
        // A trial is reviewed together with all others, so this is done once for each new one.
        if (_progress is null || trials.Count != _trialCount)
            (_progress, _trialCount) = (RunProgress.Compute(manifest, trials), trials.Count);
        _history.Add(LivePoint.Create(feed.At.Seconds, feed.Phase is null ? null : feed.Step?.ContextTokens, feed.Phase, feed.Machine));
        return LiveSnapshot.Create(manifest, _progress, feed, _history.Points);
    }
}
