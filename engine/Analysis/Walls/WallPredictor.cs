using MemoryWall.Core;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Walls;

/// <summary>The forecast of a run's wall, in tokens of context.</summary>
internal static class WallPredictor
{
    // Pages of the server's program and libraries: file pages and code that the runtime made, which a limit counts and a process cannot do
    // without.
    private const long ProgramBytes = 29 * ByteSize.MiB / 2;

    // What the kernel itself holds for the process: stacks and inodes, and a page table entry of 8 bytes for each page of 4 KiB.
    private const long KernelBytes = 15 * ByteSize.MiB / 4;
    private const long PageTableDivisor = 512;

    // Mapped weights of which a repacked copy is used are not read again for themselves. But small tensors that every token needs lie
    // between them, and what is read for one of those brings its neighbours along. How much of them may be dropped before all are read for
    // every token is up to the kernel: it came to rest at 0.4 to 0.5 of them in seven searches, and in others, on a busy machine, at 0.88
    // (small in 300 MiB, Linux 6, 8 MiB of readahead).
    private const double ResidentUnusedShare = 0.45;

    /// <summary>What of the forecast is measured or fitted rather than computed from the model's shape, in a sentence.</summary>
    public const string FittedPartsNote =
        "Measured on seven walls of two models: what the process and the kernel hold beside the model, and the share of mapped weights, used only as repacked copies, that must stay (0.45; not mapped, there is no such share).";

    /// <summary>
    /// The largest context of which weights, KV cache and buffers become resident within a budget; beyond it weights are read again, memory
    /// is swapped, or the process is killed. 0 where nothing fits; null where the shape is not known, or everything fits.
    /// </summary>
    /// <param name="manifest">The run.</param>
    /// <param name="budgetBytes">The memory that there is; null for no wall.</param>
    public static int? Predict(RunManifest manifest, long? budgetBytes)
    {
        if (budgetBytes is not { } budget || manifest.Target is not { Shape: { } shape, Kind: "embedded" })
            return null;
        var plan = manifest.Plan;
        try
        {
            var settings = ForecastSettings.ForEmbedded(plan.Options, shape);
            var unused = settings.MappedWeights ? (long)(ResidentUnusedShare * (shape.RepackCopyBytes ?? 0)) : 0;
            settings = settings with
            {
                OtherBytes = settings.OtherBytes + ProgramBytes + KernelBytes + budget / PageTableDivisor + unused,
                BytesPerToken = ForecastSettings.RequestBytesPerToken
            };
            var wall = MemoryForecast.FindWall(shape, settings, new MemoryBudget(new ByteSize(budget), Basis: ForecastBasis.Resident));
            // The forecast is of the window, which holds the answer and a margin too.
            return wall.Verdict == WallVerdict.Unlimited
                ? null
                : Math.Max(0, (wall.WallTokens ?? 0) - plan.OutputTokens - plan.WindowMarginTokens);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
