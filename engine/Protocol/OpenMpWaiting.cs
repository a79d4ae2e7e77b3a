namespace MemoryWall.Protocol;

/// <summary>
/// How idle threads of OpenMP wait in a server: they sleep, after a moment of spinning. Threads that spin for long hold cores that other
/// programs use, and throughput collapses; threads that sleep at once are woken late by a core that is idle. The OpenMP runtime reads the
/// variables once, when it is loaded. The spin count is the largest that costs little on busy cores, see <c>data/benchmarks.md</c>.
/// </summary>
internal static class OpenMpWaiting
{
    /// <summary>The variable of every OpenMP runtime.</summary>
    public const string Policy = "OMP_WAIT_POLICY";

    /// <summary>The variable of GCC's runtime: how often a waiting thread looks before it sleeps.</summary>
    public const string SpinCount = "GOMP_SPINCOUNT";

    /// <summary>Threads sleep.</summary>
    public const string Passive = "PASSIVE";

    /// <summary>The spin count where the user sets none.</summary>
    public const string DefaultSpinCount = "100";

    /// <summary>Sets the variables for a process that is started. A spin count of the user stays.</summary>
    /// <param name="environment">The process's variables.</param>
    public static void Set(IDictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment[Policy] = Passive;
        environment.TryAdd(SpinCount, DefaultSpinCount);
    }
}
