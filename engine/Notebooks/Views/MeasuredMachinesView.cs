using MemoryWall.Analysis.Machines;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Measured machines: the conclusions, the machines, each quantity as machines × contexts, and how to read them.</summary>
internal static class MeasuredMachinesView
{
    public static View Create(MachinesReport report, IReadOnlyList<string> names, IReadOnlyList<string> problems)
    {
        var phrases = new MeasuredMachinePhrases(report, names);
        var view = new View().AddItems(phrases.FormatFindings()).AddTable(MeasuredMachineTables.CreateMachines(report, names));
        foreach (var quantity in MachineQuantities.All)
        {
            if (MeasuredMachineTables.CreateMatrix(report, names, quantity) is { } table)
                view.AddHeading(WordFormat.Capitalize(MeasuredMachinePhrases.Name(quantity))).AddTable(table);
        }
        foreach (var line in phrases.FormatNotes().Concat(problems))
            view.AddLine(line);
        return view;
    }

    /// <summary>Machines that were not measured.</summary>
    public static View CreateForecast(MachinesReport report, MachineMatrix matrix, IReadOnlyList<MachineCost> costs)
    {
        var view = new View();
        foreach (var line in MeasuredMachinePhrases.FormatForecast(report))
            view.AddLine(line);
        var prices = matrix.Models.SelectMany(model => model.Machines.Zip(costs, MeasuredMachinePhrases.FormatForecast)).OfType<string>();
        return MachineMatrixView.AddTo(view.AddItems(prices), matrix);
    }
}
