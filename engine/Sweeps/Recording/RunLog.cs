using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Sweeps.Recording;

/// <summary>Writes the events of a run, each with the time of the run's clock.</summary>
internal sealed class RunLog(RunWriter writer, RunClock clock, ISweepObserver observer)
{
    /// <summary>Stores an event.</summary>
    /// <param name="kind">Its kind, in lower case.</param>
    /// <param name="message">Its message.</param>
    /// <param name="trial">The trial it belongs to; null where it belongs to none.</param>
    public RunEvent Store(string kind, string message, int? trial = null)
    {
        var stored = new RunEvent(clock.Now, kind, message, trial);
        writer.AppendEvent(stored);
        return stored;
    }

    /// <summary>Stores an event and shows it to the observer.</summary>
    /// <inheritdoc cref="Store"/>
    public void StoreAndShow(string kind, string message, int? trial = null) => observer.EventLogged(Store(kind, message, trial));
}
