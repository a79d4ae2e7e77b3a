using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>Checks a plan against the machine: disk space for the run, and memory for the embedded server.</summary>
internal static class MachineCheck
{
    // A run needs little space, but with less than this the disk is likely to be full before the run ends.
    private const long MinFreeDiskBytes = 64 * ByteSize.MiB;

    /// <summary>Whether the folder of the runs can be created and has space.</summary>
    public static IEnumerable<PreflightFinding> CheckDisk(string directory)
    {
        long free;
        try
        {
            Directory.CreateDirectory(directory);
            free = new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [PreflightFinding.Error("runs folder", $"'{directory}' cannot be used: {error.Message}")];
        }
        return free < MinFreeDiskBytes
            ? [PreflightFinding.Error("disk",
                $"{new ByteSize(free)} are free at '{directory}'; a run needs {new ByteSize(MinFreeDiskBytes)} or more")]
            : [];
    }

    /// <summary>Whether the largest context is forecast to fit in the memory that is available now.</summary>
    public static IEnumerable<PreflightFinding> CheckMemory(SweepPlan plan, ModelShape shape, MachineFacts machine)
    {
        // The storage tier plans with the memory that there is.
        if (plan.Options.Tier is not null)
            return [];
        var budget = new[] { machine.MemoryAvailableBytes, machine.MemoryLimitBytes }.Min();
        var settings = ForecastSettings.ForEmbedded(plan.Options, shape);
        if (budget is not { } available || plan.Contexts.Count == 0 || MemoryForecast.FindProblems(shape, settings).Count > 0)
            return [];
        var largest = plan.Contexts.Max(context => context.Value);
        if (MemoryForecast.Compute(shape, settings, plan.WindowRule.WindowFor(largest)).TotalBytes is not { } needed)
            return [];
        // A cap limits what the server can take.
        var total = Math.Min(needed, plan.Cap?.Bytes ?? long.MaxValue);
        return total > available
            ? [PreflightFinding.Risk("memory", FormattableString.Invariant(
                $"{largest} tokens are forecast to take {new ByteSize(total)}, and {new ByteSize(available)} are available; ")
                + "use smaller contexts")]
            : [];
    }
}
