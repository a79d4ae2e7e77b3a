using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Models on machines as text: a sentence for each pair, where each context is, the machines, and what the bounds mean.</summary>
internal static class MachineReportWriter
{
    public static void Write(IAnsiConsole console, MachineMatrix table)
    {
        foreach (var model in table.Models)
        {
            console.WriteLine(MachinePhrases.FormatHeading(model));
            TerminalTable.Write(console, MachineFitTables.CreateMatrix(model));
            foreach (var machine in model.Machines)
                console.WriteLine($"• {MachinePhrases.Format(machine)}");
            console.WriteLine();
        }
        TerminalTable.Write(console, MachineFitTables.CreateMachines(table.Machines));
        foreach (var note in MachinePhrases.FormatNotes(table))
            console.WriteLine(note);
    }
}
