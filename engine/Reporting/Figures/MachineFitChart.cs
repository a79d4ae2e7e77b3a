using MemoryWall.Charts;
using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>How far the context of each model reaches on each machine: in accelerator memory, in RAM, and with a part on storage.</summary>
internal static class MachineFitChart
{
    private const double LowestTokens = 256;

    public static Chart Create(MachineMatrix matrix)
    {
        var highest = matrix.Models.SelectMany(model => model.Machines).Max(fit => fit.SoughtContextTokens);
        return new Chart
        {
            Title = MachinePhrases.FormatTitle(matrix),
            Subtitle = "forecast: weights, KV cache and buffers against the memory that a model can use",
            X = Axis.ForCategories("machine", [.. matrix.Machines.Select(machine => WordFormat.SingleLine(machine.Machine.Name))]),
            Panels = [.. matrix.Models.Select(model => CreatePanel(model, highest))],
            Notes = [MachinePhrases.FormatReserve(matrix)],
            Table = new TextTable(
                [new TextColumn("model", IsNumber: false), new TextColumn("machine", IsNumber: false), new TextColumn("on the GPU up to"),
                    new TextColumn("in memory up to"), new TextColumn("with storage up to")],
                [.. matrix.Models.SelectMany(model => model.Machines).Select(fit => (IReadOnlyList<string>)[ModelLabel.Create(fit.Model),
                    WordFormat.SingleLine(fit.Machine), NumberFormat.Tokens(fit.AcceleratorContextTokens),
                    NumberFormat.Tokens(fit.MemoryContextTokens), NumberFormat.Tokens(fit.StorageContextTokens)])])
            { KeyColumns = 2 },
        };
    }

    private static Panel CreatePanel(ModelOnMachines model, double highest)
    {
        var axis = Axis.ForContexts([LowestTokens, highest], $"{ModelLabel.Create(model.Model)}, tokens (log2)");
        return new Panel
        {
            Y = axis with { Min = LowestTokens, Max = highest * 1.2 },
            Marks =
            [
                CreateBars("accelerator memory (tier 1)", ChartColor.Green, model, _ => null, fit => fit.AcceleratorContextTokens),
                CreateBars("with RAM (tier 2)", ChartColor.Blue, model, fit => fit.AcceleratorContextTokens,
                    fit => fit.MemoryContextTokens),
                CreateBars("with storage (tier 3)", ChartColor.Vermilion, model,
                    fit => fit.MemoryContextTokens ?? fit.AcceleratorContextTokens, fit => fit.StorageContextTokens),
            ],
        };
    }

    private static Bars CreateBars(string name, ChartColor color, ModelOnMachines model, Func<ModelOnMachine, int?> low,
        Func<ModelOnMachine, int?> high) => new(name, color,
        [.. model.Machines.Select((fit, index) => (Fit: fit, Index: index))
            .Where(entry => high(entry.Fit) > (low(entry.Fit) ?? 0))
            .Select(entry => new ChartRange(entry.Index, low(entry.Fit) ?? LowestTokens, Math.Max(LowestTokens, high(entry.Fit)!.Value),
                NumberFormat.Tokens(high(entry.Fit))))]);
}
