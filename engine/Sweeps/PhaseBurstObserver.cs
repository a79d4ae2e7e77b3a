using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Sweeps;

/// <summary>
/// Has the machine watched closely at the beginning of each phase, so that a short phase has samples enough for a verdict; a long one costs
/// no more than that.
/// </summary>
internal sealed class PhaseBurstObserver(ISweepObserver observer, Sampler sampler) : ISweepObserver
{
    /// <summary>How long a phase is watched closely: one that is shorter lies wholly within.</summary>
    public static readonly TimeSpan BurstDuration = TimeSpan.FromMilliseconds(500);

    private int _generating;

    public void Preparing(string message) => observer.Preparing(message);

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps) =>
        observer.RunStarted(manifest, directory, steps);

    public void SamplerStarted(Sampler sampler) => observer.SamplerStarted(sampler);

    public void StepStarted(SweepStep step, int number) => observer.StepStarted(step, number);

    public void PhaseStarted(Phase phase)
    {
        Volatile.Write(ref _generating, 0);
        sampler.StartBurst(BurstDuration);
        observer.PhaseStarted(phase);
    }

    public void MarkReceived(StreamMark mark)
    {
        // The first token ends prefill. Of several streams the first one counts, so that a step has no more bursts than phases.
        if (mark.Kind != MarkKind.Prefill && Interlocked.Exchange(ref _generating, 1) == 0)
            sampler.StartBurst(BurstDuration);
        observer.MarkReceived(mark);
    }

    public void TrialEnded(Trial trial) => observer.TrialEnded(trial);

    public void EventLogged(RunEvent runEvent) => observer.EventLogged(runEvent);
}
