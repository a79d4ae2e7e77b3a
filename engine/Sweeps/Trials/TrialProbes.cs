using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// All probes around one request, or around the concurrent requests of one step. The order of the list is the order in which an outcome is
/// refined: <see cref="TrialBuilder"/> compares the answer with the request, <see cref="ServerExitProbe"/> explains a server that ended.
/// </summary>
internal sealed class TrialProbes(IReadOnlyList<ITrialProbe> probes)
{
    /// <summary>The probes for a session.</summary>
    /// <param name="session">The target's session.</param>
    /// <param name="sampler">Reads the machine; null where telemetry is off.</param>
    /// <param name="isAlone">Whether no other request of the plan runs at the same time outside the step: otherwise the server's counters
    /// tell it from no other client.</param>
    public static TrialProbes Create(ITargetSession session, Sampler? sampler, bool isAlone = true) => new(
    [
        .. isAlone ? (ITrialProbe[])[new OtherClientLoadProbe(session.Target)] : [],
        // Before the memory probe: the kernel counts a kill a moment after the connection breaks.
        new ServerExitProbe(session),
        new PhaseMemoryProbe(session),
        .. sampler is null ? (ITrialProbe[])[] : [new PhaseBurstProbe(sampler)],
    ]);

    /// <inheritdoc cref="ITrialProbe.BeforeLoad"/>
    public void BeforeLoad()
    {
        foreach (var probe in probes)
            probe.BeforeLoad();
    }

    /// <inheritdoc cref="ITrialProbe.BeforeRequestsAsync"/>
    public async Task BeforeRequestsAsync(CancellationToken cancellation)
    {
        foreach (var probe in probes)
            await probe.BeforeRequestsAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc cref="ITrialProbe.OnMark"/>
    public void OnMark(StreamMark mark)
    {
        foreach (var probe in probes)
            probe.OnMark(mark);
    }

    /// <inheritdoc cref="ITrialProbe.AfterRequestsAsync"/>
    public async Task<IReadOnlyList<InferenceReport?>> AfterRequestsAsync(IReadOnlyList<InferenceReport?> reports,
        CancellationToken cancellation)
    {
        foreach (var probe in probes)
            reports = await probe.AfterRequestsAsync(reports, cancellation).ConfigureAwait(false);
        return reports;
    }

    /// <inheritdoc cref="ITrialProbe.CompleteAsync"/>
    public async Task<IReadOnlyList<Trial>> CompleteAsync(IReadOnlyList<Trial> trials)
    {
        foreach (var probe in probes)
            trials = await probe.CompleteAsync(trials).ConfigureAwait(false);
        return trials;
    }
}
