using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Sampling;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Sessions;

/// <summary>A target during a run, with its process and its memory limit where the engine started it.</summary>
internal interface ITargetSession : IAsyncDisposable
{
    /// <summary>The target; another one after a restart.</summary>
    ITarget Target { get; }

    /// <summary>Whether the engine started the target on this machine, so that its memory can be compared with this machine's.</summary>
    bool IsLocalChild { get; }

    /// <summary>Lets a sampler watch the target's process, where it runs on this machine. Called again after each restart.</summary>
    /// <returns>Null, or why it is not watched; null also while <see cref="StopAsync"/> keeps it stopped.</returns>
    string? Watch(Sampler sampler);

    /// <summary>The memory counters of the target's processes now; null where they cannot be read, as for a server on another machine and
    /// without telemetry, which finds the processes of an external one.</summary>
    MemoryCounters? ReadMemory();

    /// <summary>The model's file on this machine; null where there is none.</summary>
    string? ModelPath { get; }

    /// <summary>Restarts the target where it has ended, or waits for an external one to be restarted.</summary>
    /// <returns>Null where no restart was needed, else the restart or why it failed.</returns>
    Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation);

    /// <summary>Stops a target that the engine started, until <see cref="RestartIfNeededAsync"/>, so that it uses no memory meanwhile; does
    /// nothing to an external server.</summary>
    Task StopAsync();

    /// <summary>The outcome with what the operating system knows of the failure; the same outcome where it knows no more than the
    /// protocol.</summary>
    Task<Outcome> RefineOutcomeAsync(Outcome outcome);
}

/// <summary>A restart of a target.</summary>
/// <param name="Message">What was done.</param>
/// <param name="Problem">Why it failed; null where it succeeded.</param>
/// <param name="WasPlanned">Whether the sweep had stopped the target itself.</param>
internal sealed record RestartResult(string Message, Outcome? Problem, bool WasPlanned = false);
