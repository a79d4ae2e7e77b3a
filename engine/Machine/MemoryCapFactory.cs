using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Machine.Caps.Windows;

namespace MemoryWall.Machine;

/// <summary>Makes memory caps with what the machine offers: cgroups on Linux, job objects on Windows.</summary>
internal static class MemoryCapFactory
{
    // No runtime starts in less memory. A smaller cap is probably an error in the unit.
    private const long MinBytes = 4 * ByteSize.MiB;

    /// <summary>Whether a cap can be made here. Makes one, starts a small program under it and removes both.</summary>
    public static async Task<CapSupport> ProbeAsync()
    {
        try
        {
            await using var cap = Create(new ByteSize(ByteSize.GiB), SwapPolicy.Allowed);
            if (OperatingSystem.IsLinux())
                await LinuxMemoryCaps.TestAsync(cap).ConfigureAwait(false);
            return new CapSupport(cap.Kind, null);
        }
        catch (CapException refusal)
        {
            return new CapSupport(null, refusal.Message);
        }
    }

    /// <summary>Makes a cap for a child that is about to be started.</summary>
    /// <param name="limit">The most memory, 4 MiB or more.</param>
    /// <param name="swap">How much may be swapped beyond it.</param>
    /// <exception cref="CapException">The machine does not permit it; the message contains the reason and a remedy.</exception>
    public static IMemoryCap Create(ByteSize limit, SwapPolicy swap)
    {
        if (limit.Bytes < MinBytes)
            throw new CapException($"a cap of {limit} is too small to start any process; it must be {new ByteSize(MinBytes)} or more");
        if (OperatingSystem.IsLinux())
            return LinuxMemoryCaps.Create(limit, swap);
        if (OperatingSystem.IsWindows())
            return JobObjectCap.Create(limit, swap);
        throw new CapException("this system has no way to cap the memory of another process (macOS offers none that is enforced); "
            + "run in a Linux container or virtual machine, or choose a model and context larger than the machine's memory");
    }

    /// <summary>
    /// Removes caps whose owner died before it could (kill −9), and kills the processes that still run in them. Caps of living engines
    /// and of other containers stay. Call this at every start.
    /// </summary>
    /// <returns>A description of each removed cap; empty where there was none.</returns>
    public static Task<IReadOnlyList<string>> CleanLeftoversAsync() =>
        // A job object ends with its last handle: Windows leaves nothing.
        OperatingSystem.IsLinux() ? LinuxMemoryCaps.CleanLeftoversAsync() : Task.FromResult<IReadOnlyList<string>>([]);
}
