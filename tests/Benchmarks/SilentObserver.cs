using MemoryWall.Facts;
using MemoryWall.Sweeps;
using MemoryWall.Telemetry;

namespace MemoryWall.Benchmarks;

/// <summary>Says nothing while a sweep runs: a benchmark prints its figure at the end.</summary>
internal sealed class SilentObserver : ISweepObserver
{
    public void Preparing(string message)
    {
    }

    public void Started(RunManifest manifest, string directory, IReadOnlyList<PlannedTrial> steps)
    {
    }

    public void Sampling(Sampler sampler)
    {
    }

    public void StepStarted(PlannedTrial step, int number)
    {
    }

    public void PhaseStarted(Phase phase)
    {
    }

    public void Marked(StreamMark mark)
    {
    }

    public void TrialEnded(Trial trial)
    {
    }

    public void Happened(RunEvent runEvent)
    {
    }
}
