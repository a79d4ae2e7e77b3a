using MemoryWall.Analysis.Live;
using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Reporting.Live;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Dashboard.Observation;

/// <summary>Stored runs that are shown again from a moment on, faster than they were. Runs of a comparison share one wall clock, so that
/// they are shown as they took turns.</summary>
internal sealed class ReplaySession
{
    private readonly IReadOnlyList<ReplayedRun> _runs;
    private readonly TimeProvider _time;
    private readonly double _from;
    private readonly double _speed;
    private readonly long _startedAt;

    /// <param name="runs">The runs, read with their marks.</param>
    /// <param name="speed">How much faster than it was.</param>
    /// <param name="from">Seconds after the beginning to start from; null for the beginning.</param>
    /// <param name="time">The clock.</param>
    public ReplaySession(IReadOnlyList<Run> runs, double speed, double? from, TimeProvider time)
    {
        var origin = runs.Min(run => run.Manifest.StartedUtc);
        _runs = [.. runs.Select(run => new ReplayedRun(run, (run.Manifest.StartedUtc - origin).TotalSeconds))];
        Start = _runs.Min(run => run.Start);
        End = _runs.Max(run => run.End);
        (_speed, _time, _startedAt) = (speed, time, time.GetTimestamp());
        _from = Math.Clamp(Start + (from ?? 0), Start, End);
    }

    /// <summary>Seconds on the clock of the first run where something is stored.</summary>
    public double Start { get; }

    /// <summary>Seconds on the same clock at the end.</summary>
    public double End { get; }

    /// <summary>The moment that is shown now.</summary>
    public double Now => Math.Min(End, _from + _time.GetElapsedTime(_startedAt).TotalSeconds * _speed);

    /// <summary>The runs at this moment.</summary>
    public IReadOnlyList<LiveSnapshot> Read()
    {
        var now = Now;
        return [.. _runs.Select(run => run.At(now, isOver: now >= End))];
    }

    private sealed class ReplayedRun(Run run, double offset)
    {
        private readonly Replay _replay = new(run);
        private readonly IReadOnlyList<LivePoint> _timeline = StoredTimeline.Create(run.Telemetry, run.Trials).Points;
        private RunProgress? _progress;
        private int _ended = -1;

        public double Start => _replay.Start.Seconds + offset;

        public double End => _replay.End.Seconds + offset;

        public LiveSnapshot At(double seconds, bool isOver)
        {
            var at = Instant.FromSeconds(Math.Clamp(seconds - offset, 0, _replay.End.Seconds));
            var ended = _replay.CountEnded(at);
            if (_progress is null || ended != _ended)
                (_progress, _ended) = (RunProgress.Compute(run.Manifest, [.. run.Trials.Take(ended)]), ended);
            var snapshot = LiveSnapshot.Create(run.Manifest, _progress, _replay.At(at), StoredTimeline.Until(_timeline, at));
            return isOver || at.CompareTo(_replay.End) >= 0 ? (snapshot with { Status = LiveStatus.Finished }).AtItsEnd(_replay)
                : snapshot;
        }
    }
}
