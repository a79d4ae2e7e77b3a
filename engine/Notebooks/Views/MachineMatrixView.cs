using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Models on machines: a sentence for each pair, where each context is, the machines, and what the bounds mean.</summary>
internal static class MachineMatrixView
{
    public static View Create(MachineMatrix matrix) => AddTo(new View(), matrix);

    /// <summary>Adds the tables and sentences to a view.</summary>
    public static View AddTo(View view, MachineMatrix matrix)
    {
        foreach (var model in matrix.Models)
        {
            view.AddHeading(MachinePhrases.FormatHeading(model)).AddTable(MachineFitTables.CreateMatrix(model))
                .AddItems(model.Machines.Select(MachinePhrases.Format));
        }
        view.AddTable(MachineFitTables.CreateMachines(matrix.Machines));
        foreach (var note in MachinePhrases.FormatNotes(matrix))
            view.AddLine(note);
        return view;
    }
}
