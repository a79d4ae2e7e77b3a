using MemoryWall.Core.Time;

namespace MemoryWall.Machine.Sampling;

/// <summary>The times of the samples: a fixed grid, so that one late sample does not shift the others. Missed points are skipped and
/// counted.</summary>
internal struct SampleSchedule(Instant first)
{
    public Instant Due { get; private set; } = first;

    public long Missed { get; private set; }

    /// <summary>Moves to the next point of the grid that is not past; called after a sample.</summary>
    public void Advance(Instant now, TimeSpan interval)
    {
        var step = interval.Ticks * TimeSpan.NanosecondsPerTick;
        var next = Due.Nanoseconds + step;
        if (next <= now.Nanoseconds)
        {
            var late = (now.Nanoseconds - next) / step + 1;
            Missed += late;
            next += late * step;
        }
        Due = new Instant(next);
    }

    /// <summary>A new grid that begins now (a burst begins or ends).</summary>
    public void Restart(Instant now) => Due = now;
}
