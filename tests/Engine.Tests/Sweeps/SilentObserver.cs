using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>An observer that shows nothing, for tests and benchmarks.</summary>
internal sealed class SilentObserver : ISweepObserver
{
    public void Preparing(string message)
    {
    }

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps)
    {
    }

    public void SamplerStarted(Sampler sampler)
    {
    }

    public void StepStarted(SweepStep step, int number)
    {
    }

    public void PhaseStarted(Phase phase)
    {
    }

    public void MarkReceived(StreamMark mark)
    {
    }

    public void TrialEnded(Trial trial)
    {
    }

    public void EventLogged(RunEvent runEvent)
    {
    }
}
