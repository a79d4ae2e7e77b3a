namespace MemoryWall.Notebooks.Inputs;

/// <summary>What a cell asks for apart from the plan.</summary>
/// <param name="RunsFolder">The folder of the runs; null for <c>data/runs</c>.</param>
/// <param name="Label">The name of the run; null for none.</param>
/// <param name="Note">A note that is stored with it; null for none.</param>
/// <param name="MeasureAgain">Whether to measure although a run of the same plan and label from the last day is on disk.</param>
internal sealed record CellRequest(string? RunsFolder, string? Label = null, string? Note = null, bool MeasureAgain = false);
