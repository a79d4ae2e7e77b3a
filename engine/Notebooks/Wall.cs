using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Notebooks;

/// <summary>Searches for the memory wall from a cell, as <c>memwall wall</c> does.</summary>
public static class Wall
{
    /// <summary>Finds the context at which memory gives way and shows the progress. Each trial is written to disk when it ends; after the
    /// cell or the kernel was stopped, the same call finds the run again and finishes it.</summary>
    /// <param name="target">The target, as on the command line: <c>embedded</c>, <c>embedded:small</c>, …</param>
    /// <param name="cap">A limit on the embedded server's memory: <c>700MiB</c>, or <c>50%</c> of RAM; null for the machine's own
    /// memory.</param>
    /// <param name="options">Further options; null for the defaults.</param>
    /// <param name="cancellation">Stops the search; finished trials stay on disk.</param>
    /// <exception cref="FormatException">An option cannot be read; the message names it.</exception>
    /// <exception cref="SweepException">Preflight rejected the search, or it could not be stored.</exception>
    public static Task<Run> RunAsync(string target = TargetKind.Embedded, string? cap = null, NotebookWallOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new NotebookWallOptions();
        return CellMeasurement.RunOrFindAsync(CreatePlan(target, cap, options), options.Request, cancellation);
    }

    internal static SweepPlan CreatePlan(string target, string? cap, NotebookWallOptions options)
    {
        var wall = new WallPlan
        {
            FromTokens = CellOption.Parse("From", () => TokenCount.Parse(options.From)).Value,
            ToTokens = options.To is { } to ? CellOption.Parse("To", () => TokenCount.Parse(to)).Value : null,
            Tolerance = options.TolerancePercent / 100,
        };
        var method = CellOption.Parse("Prefill", () => PrefillMode.ParseMethod(options.Prefill, target));
        var server = new TargetOptions { KvType = options.KvType, Tier = CellOption.ParseTier(options.Tier) };
        return WallSearchPlans.Create(target, wall, method, server) with
        {
            OutputTokens = options.OutputTokens,
            Cap = CellOption.ParseCap(cap, options.Swap),
        };
    }
}
