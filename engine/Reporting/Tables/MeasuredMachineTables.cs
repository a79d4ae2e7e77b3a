using MemoryWall.Analysis.Machines;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>Measured machines: what they are, and each quantity as machines × contexts.</summary>
internal static class MeasuredMachineTables
{
    /// <summary>The machines.</summary>
    public static TextTable CreateMachines(MachinesReport report, IReadOnlyList<string> names)
    {
        TableColumn<(MeasuredMachine Machine, int Index)>[] columns =
        [
            new("no.", row => NumberFormat.Tokens(row.Index + 1)),
            new("machine", row => names[row.Index], IsNumber: false),
            new("hardware and system", row => MachineNames.FormatHardware(row.Machine.Manifest), IsNumber: false, DropOrder: 2),
            new("settings", row => MachineNames.FormatSettings(row.Machine.Manifest), IsNumber: false),
            new("runs", row => NumberFormat.Tokens(row.Machine.Runs.Count), DropOrder: 1),
            new("memory wall", row => MeasuredMachinePhrases.FormatWall(row.Machine.Wall), IsNumber: false),
            new("price", row => row.Machine.Cost.Price is { } price ? NumberFormat.Number(price) : NumberFormat.Absent),
            new("power", row => MeasuredMachinePhrases.FormatPower(row.Machine), IsNumber: false),
        ];
        return columns.ToTable(report.Machines.Select((machine, index) => (machine, index)), keyColumns: 2);
    }

    /// <summary>One quantity of each machine at each context; null where it is known of none.</summary>
    public static TextTable? CreateMatrix(MachinesReport report, IReadOnlyList<string> names, MachineQuantity quantity)
    {
        if (!report.Machines.SelectMany(machine => machine.Contexts).Any(context => context.Values.ContainsKey(quantity)))
            return null;
        TableColumn<(MeasuredMachine Machine, int Index)>[] columns =
        [
            new("machine", row => names[row.Index], IsNumber: false),
            .. report.Contexts.Select(tokens => new TableColumn<(MeasuredMachine Machine, int Index)>(NumberFormat.Context(tokens),
                row => MeasuredMachinePhrases.FormatCell(row.Machine, tokens, quantity))),
        ];
        return columns.ToTable(report.Machines.Select((machine, index) => (machine, index)));
    }
}
