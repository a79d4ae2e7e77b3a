using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Labels;

namespace MemoryWall.Experiments.Execution;

/// <summary>What a cell's run says about itself.</summary>
internal static class CellLabel
{
    /// <summary>The label: the experiment, and the cell's values.</summary>
    public static string Create(ExperimentPlan plan, ExperimentCell cell) => SafeText.ToSingleLine(
        $"{plan.Name}: {string.Join(" ", cell.Values.Select(value => value.Text))}", RunLabel.MaxLabelLength - 1);

    /// <summary>The note: which cell of the experiment it is.</summary>
    public static string CreateNote(ExperimentPlan plan, ExperimentCell cell) => SafeText.ToSingleLine(FormattableString.Invariant(
        $"experiment {plan.Name} ({plan.Id}), cell {cell.Number} of {plan.Cells.Count}, block {cell.Repetition}: ")
        + string.Join(", ", cell.Values.Select(value => $"{value.Axis} {value.Text}")), RunLabel.MaxNoteLength - 1);
}
