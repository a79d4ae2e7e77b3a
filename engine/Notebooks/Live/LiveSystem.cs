using MemoryWall.Reporting.Live;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Notebooks.Live;

/// <summary>One sweep that a cell follows. Its snapshots are made on the thread that draws.</summary>
internal sealed class LiveSystem
{
    private readonly LiveRun _run;

    public LiveSystem(LiveTracker tracker)
    {
        Tracker = tracker;
        _run = new LiveRun(tracker);
    }

    /// <summary>What the sweep reports to.</summary>
    public LiveTracker Tracker { get; }

    /// <summary>The sweep now; null before its run began.</summary>
    /// <param name="ending">How it ended; null while it runs.</param>
    public LiveSnapshot? Update(SweepEnding? ending)
    {
        if (_run.Update() is not { } now)
            return null;
        if (ending is null)
            return now;
        // The last numbers are those that were stored.
        var last = now.Feed! with
        {
            Phase = null,
            RequestStarted = null,
            FirstToken = null,
            PrefillRate = null,
            GenerationRate = null,
            SecondsLeft = null,
        };
        return now with { Feed = last, Status = ending == SweepEnding.Cancelled ? LiveStatus.Stopped : LiveStatus.Finished };
    }
}
