using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Preflight;

namespace MemoryWall.Experiments.Cells;

/// <summary>Which cells a machine has the memory and the GPUs for.</summary>
internal static class CellFit
{
    // memwall itself beside the server whose memory is forecast: its runtime, the prompts, and its tables.
    private const long ProgramBytes = 256 * ByteSize.MiB;

    /// <summary>The memory that a machine must have for a cell, in bytes; null where nothing is known of it.</summary>
    public static long? GetNeededBytes(ExperimentCell cell, CellSettings settings) =>
        new[] { cell.ForecastBytes + ProgramBytes, settings.MemoryBytes }.Max();

    /// <summary>Why a cell cannot be measured on this machine; null where nothing is against it.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="settings">What cells require.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="forecast">Reads the shapes of models.</param>
    public static string? FindProblem(ExperimentCell cell, CellSettings settings, MachineFacts machine, CellForecast forecast)
    {
        if (machine.Gpus.Count < settings.Gpus)
            return FormattableString.Invariant($"it requires {settings.Gpus} GPUs, and this machine has {machine.Gpus.Count}");
        if (cell.Plan.Options.Tier is { } tier && !Directory.Exists(tier.Folder))
            return $"the folder '{tier.Folder}' of its storage tier does not exist";
        var available = new[] { machine.MemoryAvailableBytes, machine.MemoryLimitBytes }.Min();
        if (settings.MemoryBytes > available)
            return $"it requires {new ByteSize(settings.MemoryBytes.Value)} of memory, and {new ByteSize(available!.Value)} are available";
        return forecast.FindShape(cell.Plan.Target) is { } shape
            ? MachineCheck.CheckMemory(cell.Plan, shape, machine).FirstOrDefault()?.Message
            : null;
    }

    /// <summary>Why a cell fits no node of a cluster; null where nothing is known against it.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="settings">What cells require.</param>
    /// <param name="largestNodeBytes">The memory of the largest node; null where it is unknown.</param>
    public static string? FindProblem(ExperimentCell cell, CellSettings settings, long? largestNodeBytes) =>
        GetNeededBytes(cell, settings) is { } needed && needed > largestNodeBytes
            ? $"it needs {new ByteSize(needed)} of memory, and the largest node has {new ByteSize(largestNodeBytes.Value)}"
            : null;
}
