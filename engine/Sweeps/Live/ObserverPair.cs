using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Live;

/// <summary>Two observers of one sweep; the first one is called first.</summary>
internal sealed class ObserverPair(ISweepObserver first, ISweepObserver second) : ISweepObserver
{
    public void Preparing(string message) => CallBoth(observer => observer.Preparing(message));

    public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps) =>
        CallBoth(observer => observer.RunStarted(manifest, directory, steps));

    public void SamplerStarted(Sampler sampler) => CallBoth(observer => observer.SamplerStarted(sampler));

    public void StepStarted(SweepStep step, int stepNumber) => CallBoth(observer => observer.StepStarted(step, stepNumber));

    public void PhaseStarted(Phase phase) => CallBoth(observer => observer.PhaseStarted(phase));

    public void ModelLoaded(LoadReport load) => CallBoth(observer => observer.ModelLoaded(load));

    public void WaitingForTurn() => CallBoth(observer => observer.WaitingForTurn());

    // Called on the stream's own thread for each token, so it allocates nothing.
    public void MarkReceived(StreamMark mark)
    {
        first.MarkReceived(mark);
        second.MarkReceived(mark);
    }

    public void TrialEnded(Trial trial) => CallBoth(observer => observer.TrialEnded(trial));

    public void EventLogged(RunEvent runEvent) => CallBoth(observer => observer.EventLogged(runEvent));

    private void CallBoth(Action<ISweepObserver> call)
    {
        call(first);
        call(second);
    }
}
