using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Compares systems under one memory limit from a cell, as <c>memwall compare</c> does.</summary>
public static class Compare
{
    private const string EmbeddedSmall = "embedded:small";

    /// <summary>Runs systems in turn over the same contexts, one trial of each after the other, and shows the progress. Each trial is
    /// written to disk when it ends; after the cell or the kernel was stopped, the same call finds the runs again and finishes
    /// them.</summary>
    /// <param name="target">The target of systems without one of their own.</param>
    /// <param name="cap">A limit on the embedded server's memory: <c>400MiB</c>, or <c>50%</c> of RAM; null where every system is a
    /// server of
    /// your own.</param>
    /// <param name="contexts">Contexts: <c>4k,8k</c> or <c>4k..16k*2</c>.</param>
    /// <param name="systems">Systems, separated by commas: <c>standard</c>, <c>standard-no-swap</c>, <c>kv-q8_0</c>, <c>kv-q4_0</c>,
    /// <c>managed</c>, <c>managed-q8_0</c>, <c>managed@550MB/s</c> (storage slowed down), <c>uncapped</c>, or <c>NAME=TARGET</c> for your
    /// own server. The last one is compared with each of the others.</param>
    /// <param name="options">Further options; null for the defaults.</param>
    /// <param name="cancellation">Stops all systems; finished trials stay on disk.</param>
    /// <returns>The run of each system, for <see cref="Figure.MemoryWall"/> and <see cref="Runs.Systems"/>.</returns>
    /// <exception cref="FormatException">An option cannot be read; the message names it.</exception>
    /// <exception cref="SweepException">No system could be run.</exception>
    public static Task<Run[]> RunAsync(string target = EmbeddedSmall, string? cap = "400MiB", string contexts = "4k,8k,16k",
        string systems = "standard-no-swap,managed", NotebookCompareOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new NotebookCompareOptions();
        var names = SplitNames(systems);
        var capPlan = CellOption.ParseCap(cap, options.Swap);
        if (capPlan is null && !names.All(SystemPlans.HasOwnTarget))
            throw new FormatException("cap: it is missing; write for example cap: \"400MiB\", or name your own servers: NAME=TARGET");
        var request = new SystemsRequest
        {
            Target = target,
            Contexts = CellOption.Parse("contexts", () => ContextList.Parse(contexts)),
            OutputTokens = options.OutputTokens,
            Repetitions = options.Repetitions,
            Prefill = options.Prefill,
            Cap = capPlan,
            CreateTier = () => CellOption.ParseTier(options.Tier) ?? CreateDefaultTier(options.RunsFolder),
        };
        _ = CellOption.Parse("Prefill", () => PrefillMode.ParseMethod(options.Prefill, target));
        var plans = CellOption.Parse("systems", () => SystemPlans.Create(names, request));
        var comparison = SystemsSweeper.NewComparison(SystemPlans.CreateShared(names[0], request));
        return CellMeasurement.RunOrFindSystemsAsync(plans, comparison, options.Request, cancellation);
    }

    // The latency of a slowed-down device follows its rate after a comma, and belongs to the name before it.
    private static List<string> SplitNames(string systems)
    {
        var names = new List<string>();
        foreach (var part in systems.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (names.Count > 0 && char.IsAsciiDigit(part[0]) && names[^1].Contains('@', StringComparison.Ordinal))
                names[^1] += "," + part;
            else
                names.Add(part);
        }
        return names.Count > 0 ? names : throw new FormatException($"systems: '{systems}' names none; write {SystemPlans.Names}");
    }

    private static TierPlan CreateDefaultTier(string? runs) => new()
    {
        Folder = Directory.CreateDirectory(Path.Combine(Path.GetFullPath(runs ?? NotebookFolders.Runs), ".tier")).FullName,
    };
}
