using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Models.Forecast;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Computes how much memory weights, KV cache and rings may take.</summary>
internal static class TierBudget
{
    // Memory that the runtime, llama.cpp and the kernel allocate after the budget is computed: code compiled later, buffers of requests,
    // page tables.
    private const long HeadroomBytes = 16 * ByteSize.MiB;

    // The share of the machine's available memory that copies take where nothing limits this process.
    private const double UnlimitedShare = 0.5;

    /// <summary>The budget of the plan, or what the control group's limit leaves.</summary>
    /// <param name="plan">The tier's plan.</param>
    /// <param name="computeBytes">Bytes of llama.cpp's compute buffers that will be touched.</param>
    /// <param name="windowTokens">The context window, which limits the length of a request.</param>
    /// <exception cref="TierException">The plan has no budget, and there is no limit.</exception>
    public static long Compute(TierPlan plan, long computeBytes, int windowTokens)
    {
        if (plan.MemoryBytes is { } asked)
            return asked;
        // Memory used to read the model's header is returned to the system, so that the tier can use it.
        MemoryTrimmer.ReleaseToSystem();
        if (ReadUnusedBytes(LinuxRoot.Machine) is not { } unused)
            throw new TierException(TierProblem.NoMemoryBudget, "it is missing, and no control group limits the memory of this server");
        return unused - computeBytes - (long)ForecastSettings.RequestBytesPerToken * windowTokens - HeadroomBytes;
    }

    /// <summary>The most bytes for copies of conversations: what was asked for, as far as weights, KV cache and buffers leave it.</summary>
    /// <param name="askedBytes">The most bytes that were asked for; null for what is left.</param>
    /// <param name="spareBytes">What a tier leaves of its budget; null without a tier.</param>
    /// <param name="computeBytes">As in <see cref="Compute"/>.</param>
    /// <param name="windowTokens">As in <see cref="Compute"/>.</param>
    public static long ComputeForCopies(long? askedBytes, long? spareBytes, long computeBytes, int windowTokens)
    {
        var left = spareBytes ?? (ReadUnusedBytes(LinuxRoot.Machine) is { } unused
            ? unused - computeBytes - (long)ForecastSettings.RequestBytesPerToken * windowTokens - HeadroomBytes
            // Without a limit, other programs need memory too.
            : askedBytes ?? (long)(MemInfo.Read(LinuxRoot.Machine).AvailableBytes * UnlimitedShare ?? 0));
        return Math.Max(0, Math.Min(askedBytes ?? long.MaxValue, left));
    }

    /// <summary>Bytes that the limits of the control groups, and the machine's memory, leave now; null where neither is known.</summary>
    public static long? ReadFreeBytes() => (ReadUnusedBytes(LinuxRoot.Machine), MemInfo.Read(LinuxRoot.Machine).AvailableBytes) switch
    {
        ({ } unused, { } available) => Math.Min(unused, available),
        var (unused, available) => unused ?? available,
    };

    /// <summary>Bytes that the limits of the control groups above this process leave: of its own group and each above, the one with the
    /// least. Null where none has a limit.</summary>
    /// <param name="root">Where to read the machine's files.</param>
    internal static long? ReadUnusedBytes(LinuxRoot root)
    {
        if (CgroupLocation.Find(root, "self", "memory") is not { } group)
            return null;
        long? least = null;
        foreach (var folder in group.SelfAndAncestors())
            if (ReadUnusedBytes(group with { Folder = folder }) is { } unused)
                least = Math.Min(least ?? long.MaxValue, unused);
        return least;
    }

    /// <summary>
    /// Bytes of its compute buffers that llama.cpp will touch. It sizes them for the scores of every token of a batch, but only one
    /// token's scores are computed: with a large vocabulary most of the buffer is never touched.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="options">Batch and type of the KV cache.</param>
    /// <param name="windowTokens">The context window.</param>
    /// <param name="reservedBytes">Size of the buffers; the result where no forecast can be made.</param>
    public static long EstimateTouchedComputeBytes(ModelShape shape, TargetOptions options, int windowTokens, long reservedBytes)
    {
        var settings = ForecastSettings.ForEmbedded(options, shape) with { Repack = false };
        if (MemoryForecast.FindProblems(shape, settings).Count > 0)
            return reservedBytes;
        var row = MemoryForecast.Compute(shape, settings, windowTokens);
        var touched = row.ResidentBytes - row.WeightsBytes - row.KvBytes - row.RecurrentBytes - row.OtherBytes;
        return touched is { } bytes && bytes < reservedBytes ? bytes : reservedBytes;
    }

    // Memory of other processes in the same control group counts against its limit too. Mapped files count while they are in use, and a
    // program's pages are counted in the group that they are charged to. Above memory.high (cgroup v2) the kernel slows the process down.
    private static long? ReadUnusedBytes(CgroupLocation group)
    {
        var row = CgroupMemoryReader.ReadOnce(group, CgroupMemoryField.LimitBytes, CgroupMemoryField.HighBytes,
            CgroupMemoryField.AnonBytes, CgroupMemoryField.MappedFileBytes, CgroupMemoryField.KernelBytes);
        double Read(CgroupMemoryField field, double absent) => double.IsNaN(row[(int)field]) ? absent : row[(int)field];
        var limit = Math.Min(Read(CgroupMemoryField.LimitBytes, double.PositiveInfinity),
            Read(CgroupMemoryField.HighBytes, double.PositiveInfinity));
        // Some kernels do not report all of these.
        return double.IsPositiveInfinity(limit) ? null : (long)(limit - Read(CgroupMemoryField.AnonBytes, Environment.WorkingSet)
            - Read(CgroupMemoryField.MappedFileBytes, 0) - Read(CgroupMemoryField.KernelBytes, 0));
    }
}
