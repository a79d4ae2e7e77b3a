namespace MemoryWall.Experiments.Execution;

/// <summary>The machine that measures.</summary>
internal static class CellHost
{
    // Slurm's name of the node, which need not be that of the machine.
    private const string SlurmNode = "SLURMD_NODENAME";

    /// <summary>Its name: on a cluster the one that the cluster has for it.</summary>
    public static string Name =>
        Environment.GetEnvironmentVariable(SlurmNode) is { Length: > 0 } node ? node : Environment.MachineName;
}
