using MemoryWall.Facts;
using MemoryWall.Memory;
using MemoryWall.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>The forecast of a run's wall, in tokens of context.</summary>
public static class PredictedWall
{
    // Pages of the server's program and libraries: file pages, which a limit counts and a process cannot do without.
    private const long ProgramBytes = 11 * ByteSize.MiB;

    // Mapped weights of which a repacked copy is used are not read again, yet the system drops only a little less than half of them before it begins to drop what
    // is in use: its lists of old and of young file pages are kept of a size (both numbers are fitted to five walls under cgroup limits on Linux 6, presets nano and small).
    private const double UnusedShareKept = 0.57;

    /// <summary>What of the forecast is measured or fitted rather than computed from the model's shape, in a sentence.</summary>
    public const string Fitted = "Fitted to walls under cgroup limits: what the system keeps of pages that are no longer used.";

    /// <summary>
    /// The largest context of which weights, KV cache and buffers become resident within a budget; beyond it weights are read again, memory is
    /// swapped, or the process is killed. 0 where nothing fits; null where the shape is not known, or everything fits.
    /// </summary>
    /// <param name="manifest">The run.</param>
    /// <param name="budgetBytes">The memory that there is; null for no wall.</param>
    public static int? Of(RunManifest manifest, long? budgetBytes)
    {
        if (budgetBytes is not { } budget || manifest.Target is not { Shape: { } shape, Kind: "embedded" })
            return null;
        var plan = manifest.Plan;
        try
        {
            var settings = ForecastSettings.Embedded(plan.Options);
            var unused = settings.MappedWeights ? (long)(UnusedShareKept * (shape.RepackCopyBytes ?? 0)) : 0;
            settings = settings with { OtherBytes = settings.OtherBytes + ProgramBytes + unused };
            var wall = MemoryForecast.Wall(shape, settings, new MemoryBudget(new ByteSize(budget), Basis: ForecastBasis.Resident));
            // The forecast is of the window, which holds the answer and a margin too.
            return wall.Verdict == WallVerdict.Unlimited ? null : Math.Max(0, (wall.WallTokens ?? 0) - plan.OutputTokens - plan.WindowMarginTokens);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
