using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Setup;

/// <summary>
/// Follows a sweep while it runs; it neither starts the sweep nor changes it. The calls come one after another, except
/// <see cref="MarkReceived"/>, which is called on the stream's own thread and must return at once.
/// </summary>
internal interface ISweepObserver
{
    /// <summary>Something is being prepared: a model is written, a server starts.</summary>
    void Preparing(string message);

    /// <summary>The run begins next; its folder and its manifest are written.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="directory">The run's folder.</param>
    /// <param name="steps">The steps planned so far, in order.</param>
    void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps);

    /// <summary>Telemetry is recorded from now on; the sampler's last readings can be read at any time until the sweep ends.</summary>
    void SamplerStarted(Sampler sampler);

    /// <summary>A step begins.</summary>
    /// <param name="step">The step.</param>
    /// <param name="stepNumber">Its number among the steps since the start or the resume, from 1.</param>
    void StepStarted(SweepStep step, int stepNumber);

    /// <summary>The step has reached this phase.</summary>
    void PhaseStarted(Phase phase);

    /// <summary>The model is loaded with the window of the step; not called where the load failed.</summary>
    /// <param name="load">What the target reports to have allocated.</param>
    void ModelLoaded(LoadReport load)
    {
    }

    /// <summary>Another sweep of the comparison has its turn; the next step begins when this sweep has its own again.</summary>
    void WaitingForTurn()
    {
    }

    /// <summary>A mark arrived from the target.</summary>
    void MarkReceived(StreamMark mark);

    /// <summary>A trial was stored.</summary>
    void TrialEnded(Trial trial);

    /// <summary>An event of the run was stored that a user should see.</summary>
    void EventLogged(RunEvent runEvent);
}
