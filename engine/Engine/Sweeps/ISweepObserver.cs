using MemoryWall.Facts;
using MemoryWall.Telemetry;

namespace MemoryWall.Sweeps;

/// <summary>
/// Follows a sweep while it runs. Calls come one after the other, except <see cref="Marked"/>, which comes on the stream's own thread
/// and must return at once.
/// </summary>
public interface ISweepObserver
{
    /// <summary>Something is being made ready (a model written, a server started).</summary>
    void Preparing(string message);

    /// <summary>The run is about to begin; its folder exists and its manifest is written.</summary>
    /// <param name="manifest">What will run.</param>
    /// <param name="directory">The run's folder.</param>
    /// <param name="steps">What will be run, in order.</param>
    void Started(RunManifest manifest, string directory, IReadOnlyList<PlannedTrial> steps);

    /// <summary>The machine is watched from now on; the last readings can be asked for at any time until the sweep ends.</summary>
    void Sampling(Sampler sampler);

    /// <summary>A step begins.</summary>
    /// <param name="step">Which.</param>
    /// <param name="number">Its place, from 1.</param>
    void StepStarted(PlannedTrial step, int number);

    /// <summary>The step is in this phase now.</summary>
    void PhaseStarted(Phase phase);

    /// <summary>Something arrived from the target.</summary>
    void Marked(StreamMark mark);

    /// <summary>A trial was stored.</summary>
    void TrialEnded(Trial trial);

    /// <summary>Something else happened that belongs to the run.</summary>
    void Happened(RunEvent runEvent);
}
