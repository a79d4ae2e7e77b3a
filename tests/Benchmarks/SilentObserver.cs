using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps;

namespace MemoryWall.Benchmarks;

/// <summary>Says nothing while a sweep runs: a benchmark prints its figure at the end.</summary>
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
