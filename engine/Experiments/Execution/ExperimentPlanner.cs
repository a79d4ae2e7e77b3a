using System.Text.Json;
using MemoryWall.Core.Facts;
using MemoryWall.Experiments.Cells;
using MemoryWall.Runs;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps.Preflight;

namespace MemoryWall.Experiments.Execution;

/// <summary>Plans an experiment: which cells are measured, and which do not fit.</summary>
internal static class ExperimentPlanner
{
    /// <summary>The plan of an experiment that begins now.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="machine">The machine on which shares of RAM are taken.</param>
    /// <param name="findProblem">Why a cell cannot be measured; null for a cell that can.</param>
    /// <exception cref="FormatException">The experiment is wrong; the message names the line where it can.</exception>
    public static ExperimentPlan Create(ExperimentDefinition definition, MachineFacts machine, Func<ExperimentCell, string?> findProblem)
    {
        var forecast = new CellForecast();
        var (cells, leftOut) = (new List<ExperimentCell>(), new List<LeftOutCell>());
        foreach (var cell in CellExpander.Expand(definition, machine)
            .Select(cell => cell with { ForecastBytes = forecast.Compute(cell.Plan) }))
        {
            if (findProblem(cell) is { } problem)
                leftOut.Add(new LeftOutCell(cell with { Number = 0 }, problem));
            else
                cells.Add(cell with { Number = cells.Count + 1 });
        }
        var now = TimeProvider.System.GetUtcNow();
        return new ExperimentPlan
        {
            Id = RunStore.NewId(now),
            Name = definition.Name,
            CreatedUtc = now,
            Seed = definition.IsShuffled ? definition.Seed : null,
            Settings = definition.Settings,
            Cells = cells,
            LeftOut = leftOut,
        };
    }

    /// <summary>Checks that a file still describes the experiment that was begun by it: a cell of another plan would pass for one of the
    /// first.</summary>
    /// <param name="definition">What the file says now.</param>
    /// <param name="begun">The experiment that was begun.</param>
    /// <param name="machine">The machine on which shares of RAM are taken.</param>
    /// <exception cref="FormatException">It describes another one.</exception>
    public static void RequireSame(ExperimentDefinition definition, ExperimentPlan begun, MachineFacts machine)
    {
        var before = begun.Cells.Concat(begun.LeftOut.Select(entry => entry.Cell)).Select(ToText).ToHashSet(StringComparer.Ordinal);
        var now = CellExpander.Expand(definition, machine).Select(ToText).ToHashSet(StringComparer.Ordinal);
        if (!now.SetEquals(before) || JsonSerializer.Serialize(definition.Settings, FactsJson.SingleLine)
            != JsonSerializer.Serialize(begun.Settings, FactsJson.SingleLine))
            throw new FormatException($"{definition.File} has changed since the experiment '{begun.Name}' was begun; restore it, or "
                + "give it another name to begin another experiment");
    }

    /// <summary>What the cells read, write and contact beyond this program, in words that follow "it".</summary>
    public static IReadOnlyList<string> ListReached(ExperimentPlan plan) =>
        [.. plan.Cells.SelectMany(cell => StoredPlanTrust.ListReached(cell.Plan)).Distinct(StringComparer.Ordinal)];

    private static string ToText(ExperimentCell cell) =>
        JsonSerializer.Serialize(cell with { Number = 0, ForecastBytes = null }, FactsJson.SingleLine);
}
