using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Walls;

/// <summary>The forecast of a run's wall, in tokens of context.</summary>
internal static class WallPredictor
{
    // Pages of the server's program and libraries: file pages and compiled code, which count towards a limit and which a process needs.
    private const long ProgramBytes = 29 * ByteSize.MiB / 2;

    // Kernel memory of the process: stacks and inodes, and a page table entry of 8 bytes for each page of 4 KiB.
    private const long KernelBytes = 15 * ByteSize.MiB / 4;
    private const long PageTableDivisor = 512;

    // Mapped weights with a repacked copy are not needed themselves. But small tensors that every token needs are between them, and
    // readahead loads their neighbours too. The share that must stay resident depends on the kernel: it was 0.4 to 0.5 in seven searches,
    // and 0.88 in others on a busy machine (small in 300 MiB, Linux 6, 8 MiB of readahead).
    private const double ResidentUnusedShare = 0.45;

    /// <summary>
    /// The largest context of which weights, KV cache and buffers become resident within a budget; beyond it weights are read again, memory
    /// is swapped, or the process is killed. 0 where nothing fits; null where the shape is unknown, or everything fits.
    /// </summary>
    /// <param name="manifest">The run.</param>
    /// <param name="budgetBytes">The available memory; null for no wall.</param>
    public static int? Predict(RunManifest manifest, long? budgetBytes)
    {
        if (budgetBytes is not { } budget || manifest.Target is not { Shape: { } shape, Kind: TargetKind.Embedded })
            return null;
        var plan = manifest.Plan;
        try
        {
            var settings = CreateSettings(plan.Options, shape, budget);
            var wall = MemoryForecast.FindWall(shape, settings, new MemoryBudget(new ByteSize(budget), Basis: ForecastBasis.Resident));
            return wall.Verdict == WallVerdict.Unlimited ? null : Math.Max(0, plan.WindowRule.MaxContextIn(wall.WallTokens ?? 0));
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The forecast of everything that a limit counts: the model, its context and the process around them.</summary>
    /// <param name="options">How the embedded server loads the model.</param>
    /// <param name="shape">The model.</param>
    /// <param name="budgetBytes">The limit, which the page tables grow with.</param>
    public static ForecastSettings CreateSettings(TargetOptions options, ModelShape shape, long budgetBytes)
    {
        var settings = ForecastSettings.ForStoredEmbedded(options, shape);
        var unused = settings.MappedWeights ? (long)(ResidentUnusedShare * (shape.RepackCopyBytes ?? 0)) : 0;
        return settings with
        {
            OtherBytes = settings.OtherBytes + ProgramBytes + KernelBytes + budgetBytes / PageTableDivisor + unused,
            BytesPerToken = ForecastSettings.RequestBytesPerToken
        };
    }
}
