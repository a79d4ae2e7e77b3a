using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>A target for the length of a run, with whatever has to live beside it.</summary>
internal interface ITargetSession : IAsyncDisposable
{
    /// <summary>The target; another one after a restart.</summary>
    ITarget Target { get; }

    /// <summary>
    /// Whether the target runs on this machine and how much memory it takes can be forecast against this machine's.
    /// </summary>
    bool IsLocalChild { get; }

    /// <summary>Has a sampler watch the target's process, where it runs on this machine.</summary>
    /// <returns>Null, or why it is not watched.</returns>
    string? Watch(Sampler sampler);

    /// <summary>The memory counters of the target's process now; null where they cannot be read, as for every server that is not
    /// ours.</summary>
    MemoryCounters? ReadMemory();

    /// <summary>The model's file on this machine; null where there is none.</summary>
    string? ModelPath { get; }

    /// <summary>
    /// Sees to it that the target can take a trial. Gives null where nothing had to be done, else what was done (a restart) or, as an
    /// outcome, why it could not be.
    /// </summary>
    Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation);

    /// <summary>Ends a target of ours until it is revived, so that it is in nobody's way and begins anew; a foreign one is left
    /// alone.</summary>
    Task StopAsync();

    /// <summary>What the machine knows of a failure beyond what the protocol saw; the same outcome where it knows nothing.</summary>
    Task<Outcome> RefineOutcomeAsync(Outcome outcome);
}

/// <summary>What bringing a target back took.</summary>
/// <param name="Message">What was done.</param>
/// <param name="Problem">Why it failed; null where it did not.</param>
/// <param name="WasPlanned">Whether it had been put to rest on purpose.</param>
internal sealed record RestartResult(string Message, Outcome? Problem, bool WasPlanned = false);
