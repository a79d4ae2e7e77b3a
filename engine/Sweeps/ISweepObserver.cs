using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Sweeps;

/// <summary>
/// Follows a sweep while it runs. Calls come one after the other, except <see cref="MarkReceived"/>, which comes on the stream's own thread
/// and must return at once.
/// </summary>
internal interface ISweepObserver
{
    /// <summary>Something is being made ready (a model written, a server started).</summary>
    void Preparing(string message);

    /// <summary>The run is about to begin; its folder exists and its manifest is written.</summary>
    /// <param name="manifest">What will run.</param>
    /// <param name="directory">The run's folder.</param>
    /// <param name="steps">What will be run, in order.</param>
    void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps);

    /// <summary>The machine is watched from now on; the last readings can be asked for at any time until the sweep ends.</summary>
    void SamplerStarted(Sampler sampler);

    /// <summary>A step begins.</summary>
    /// <param name="step">Which.</param>
    /// <param name="stepNumber">Its place, from 1.</param>
    void StepStarted(SweepStep step, int stepNumber);

    /// <summary>The step is in this phase now.</summary>
    void PhaseStarted(Phase phase);

    /// <summary>Something arrived from the target.</summary>
    void MarkReceived(StreamMark mark);

    /// <summary>A trial was stored.</summary>
    void TrialEnded(Trial trial);

    /// <summary>Something else happened that belongs to the run.</summary>
    void EventLogged(RunEvent runEvent);
}
