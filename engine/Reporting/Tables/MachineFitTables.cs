using MemoryWall.Charts;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>Models on machines: where each context is, and the machines.</summary>
internal static class MachineFitTables
{
    /// <summary>One model: machines × contexts.</summary>
    public static TextTable CreateMatrix(ModelOnMachines model) => new(
        [new TextColumn("machine", IsNumber: false),
            .. model.Machines[0].Contexts.Select(context => new TextColumn(NumberFormat.Context(context.ContextTokens), IsNumber: false))],
        [.. model.Machines.Select(machine => (IReadOnlyList<string>)[WordFormat.SingleLine(machine.Machine),
            .. machine.Contexts.Select(context => MachinePhrases.FormatCell(context, machine.Spec))])]);

    /// <summary>The machines, and what a model can use of them.</summary>
    public static TextTable CreateMachines(IReadOnlyList<UsableMachine> machines) =>
        new List<TableColumn<UsableMachine>>
        {
            new("machine", machine => WordFormat.SingleLine(machine.Machine.Name), IsNumber: false),
            new("described as", machine => WordFormat.SingleLine(machine.Machine.Description), IsNumber: false),
            new("usable RAM", machine => NumberFormat.Bytes(machine.UsableRamBytes)),
            new("usable GPU memory", MachinePhrases.FormatGpus),
        }.ToTable(machines);
}
