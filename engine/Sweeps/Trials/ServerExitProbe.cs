using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Sessions;

namespace MemoryWall.Sweeps.Trials;

/// <summary>Replaces the outcome of a broken answer by what the operating system knows about the end of the server's process.</summary>
internal sealed class ServerExitProbe(ITargetSession session) : ITrialProbe
{
    public async Task<IReadOnlyList<Trial>> CompleteAsync(IReadOnlyList<Trial> trials)
    {
        var refined = new List<Trial>();
        foreach (var trial in trials)
            refined.Add(trial with { Outcome = await session.RefineOutcomeAsync(trial.Outcome).ConfigureAwait(false) });
        return refined;
    }
}
