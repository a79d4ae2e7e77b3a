using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Raises the sampling rate at the beginning of each phase, so that a short phase has enough samples for a verdict. A long phase costs no
/// more than that.
/// </summary>
internal sealed class PhaseBurstProbe(Sampler sampler) : ITrialProbe
{
    /// <summary>How long the rate is raised: a shorter phase is sampled at this rate from beginning to end.</summary>
    public static readonly TimeSpan BurstDuration = TimeSpan.FromMilliseconds(500);

    private int _generating;

    public void BeforeLoad() => sampler.StartBurst(BurstDuration);

    public Task BeforeRequestsAsync(CancellationToken cancellation)
    {
        sampler.StartBurst(BurstDuration);
        return Task.CompletedTask;
    }

    public void OnMark(StreamMark mark)
    {
        // The first token ends prefill. Of several streams the first one counts, so that a step has no more bursts than phases.
        if (mark.Kind != MarkKind.Prefill && Interlocked.Exchange(ref _generating, 1) == 0)
            sampler.StartBurst(BurstDuration);
    }
}
