using MemoryWall.Charts;
using MemoryWall.Experiments;
using MemoryWall.Experiments.Files;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The cells of experiments, and the fields of their files.</summary>
internal static class ExperimentTables
{
    private const int MaxTextLength = 60;

    private static readonly TableColumn<ExperimentField>[] s_fields =
    [
        new("field", field => field.Path, IsNumber: false),
        new("meaning", field => field.Meaning, IsNumber: false),
        new("without it", field => field.Default, IsNumber: false),
        new("for example", field => field.Example, IsNumber: false),
    ];

    /// <summary>The fields of an experiment's file.</summary>
    public static TextTable CreateSchema() => s_fields.ToTable(ExperimentFields.All);

    /// <summary>The cells of a plan in their order; null where there is none.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="estimate">The time of a cell in seconds; null where it is not known.</param>
    public static TextTable? CreatePlan(ExperimentPlan plan, Func<ExperimentCell, double?> estimate)
    {
        if (plan.Cells.Count == 0)
            return null;
        TableColumn<ExperimentCell>[] columns =
        [
            new("cell", cell => NumberFormat.Tokens(cell.Number)),
            new("block", cell => NumberFormat.Tokens(cell.Repetition), DropOrder: 1),
            .. ListAxes(plan).Select(axis => new TableColumn<ExperimentCell>(WordFormat.Words(axis), cell => FindValue(cell.Values, axis),
                IsNumber: false)),
            new("forecast memory", cell => NumberFormat.Bytes(cell.ForecastBytes)),
            new("expected time", cell => estimate(cell) is { } seconds ? NumberFormat.EstimatedDuration(seconds) : NumberFormat.Absent),
        ];
        return columns.ToTable(plan.Cells);
    }

    /// <summary>The cells that are left out, and why; null where there is none.</summary>
    public static TextTable? CreateLeftOut(ExperimentPlan plan)
    {
        // The same combination of another block has the same reason.
        var cells = plan.LeftOut.Where(entry => entry.Cell.Repetition == 1).ToList();
        if (cells.Count == 0)
            return null;
        TableColumn<LeftOutCell>[] columns =
        [
            .. ListAxes(plan).Select(axis => new TableColumn<LeftOutCell>(WordFormat.Words(axis),
                entry => FindValue(entry.Cell.Values, axis), IsNumber: false)),
            new("forecast memory", entry => NumberFormat.Bytes(entry.Cell.ForecastBytes)),
            new("left out, because", entry => WordFormat.SingleLine(entry.Reason), IsNumber: false),
        ];
        return columns.ToTable(cells);
    }

    /// <summary>Where the cells stand.</summary>
    /// <param name="plan">The experiment.</param>
    /// <param name="cells">Its cells.</param>
    public static TextTable CreateStatus(ExperimentPlan plan, IReadOnlyList<CellStatus> cells)
    {
        var columns = new List<TableColumn<CellStatus>> { new("cell", cell => NumberFormat.Tokens(cell.Cell)) };
        columns.AddRange(ListAxes(plan).Select(axis => new TableColumn<CellStatus>(WordFormat.Words(axis),
            cell => FindValue(cell.Values, axis), IsNumber: false)));
        columns.Add(new("state", cell => ExperimentPhrases.FormatState(cell.State), IsNumber: false));
        columns.Add(new("outcome", cell => ExperimentPhrases.FormatOutcome(cell.Outcome), IsNumber: false));
        columns.Add(new("attempts", cell => NumberFormat.Tokens(cell.Attempts), DropOrder: 1));
        columns.Add(new("machine", cell => Line(cell.Host), IsNumber: false, DropOrder: 3));
        if (cells.Any(cell => cell.Task is not null))
            columns.Add(new("task", cell => Line(cell.Task), IsNumber: false, DropOrder: 2));
        columns.Add(new("run", cell => cell.State == CellState.Done ? cell.RunId : NumberFormat.Absent, IsNumber: false, DropOrder: 4));
        return columns.ToTable(cells);
    }

    private static IEnumerable<string> ListAxes(ExperimentPlan plan) =>
        plan.Cells.Concat(plan.LeftOut.Select(entry => entry.Cell)).FirstOrDefault()?.Values.Select(value => value.Axis) ?? [];

    private static string FindValue(IReadOnlyList<CellValue> values, string axis) =>
        Line(values.FirstOrDefault(value => value.Axis == axis)?.Text);

    private static string Line(string? text) => text is null ? NumberFormat.Absent : WordFormat.SingleLine(text, MaxTextLength);
}
