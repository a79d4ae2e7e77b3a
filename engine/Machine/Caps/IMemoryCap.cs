using System.Diagnostics;
using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps;

/// <summary>
/// A memory limit on one child process and its descendants; never on this process. Use: <see cref="ConfigureStart"/>, start the child,
/// <see cref="AttachAsync"/>, <see cref="ReadCounters"/> at any time, dispose when the child has ended. Disposing kills the processes still
/// inside and removes the limit; read the evidence before.
/// </summary>
internal interface IMemoryCap : IAsyncDisposable
{
    /// <summary>The mechanism: <c>cgroup v1</c>, <c>cgroup v2</c>, <c>systemd scope</c>, <c>job object</c>.</summary>
    string Kind { get; }

    /// <summary>The limit.</summary>
    ByteSize Limit { get; }

    /// <summary>How much may be swapped.</summary>
    SwapPolicy Swap { get; }

    /// <summary>Changes how the child is started, so that the limit applies before its own code runs: memory touched earlier would not be
    /// counted.</summary>
    /// <param name="start">The child's program and arguments, given as a list and without a shell.</param>
    /// <exception cref="ArgumentException">Arguments are given as one string, or a shell is requested.</exception>
    void ConfigureStart(ProcessStartInfo start);

    /// <summary>Waits until the started child is under the limit.</summary>
    /// <exception cref="CapException">The child is not under the limit: measurements of it would be false.</exception>
    Task AttachAsync(Process child, CancellationToken cancellation);

    /// <summary>What the system has counted until now; fields that cannot be read any more are null.</summary>
    CapCounters ReadCounters();
}

/// <summary>A cap could not be made or is not in force.</summary>
/// <param name="message">What happened, and a remedy.</param>
internal sealed class CapException(string message) : Exception(message);

/// <summary>Whether this machine lets this process cap a child.</summary>
/// <param name="Kind">The mechanism that would be used; null where there is none.</param>
/// <param name="Refusal">Why there is none, and a remedy; null where there is one.</param>
internal sealed record CapSupport(string? Kind, string? Refusal)
{
    /// <summary>Whether a cap can be made.</summary>
    public bool IsPermitted => Kind is not null;
}
