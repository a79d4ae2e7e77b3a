using MemoryWall.Analysis.Machines;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks;

/// <summary>Machines that runs measured, from <see cref="Runs.Machines"/>. As the last value of a cell they are shown as tables with the
/// conclusions.</summary>
public sealed class MeasuredMachines
{
    private readonly IReadOnlyList<string> _problems;

    private MeasuredMachines(MachinesReport report, IReadOnlyList<string> names, IReadOnlyList<string> problems) =>
        (Report, Names, _problems) = (report, names, problems);

    /// <summary>The conclusions, as sentences: which machine is best in what, and what is not known.</summary>
    public IReadOnlyList<string> Findings => new MeasuredMachinePhrases(Report, Names).FormatFindings();

    /// <summary>The names of the machines, in the order of their numbers: the labels of the runs, else what differs between
    /// them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The tables and the conclusions as HTML.</summary>
    public string Html => View.Html;

    internal MachinesReport Report { get; }

    internal int RunCount => Report.Machines.Sum(machine => machine.Runs.Count);

    internal int Samples => Report.Machines.SelectMany(machine => machine.Runs).Count(run => run.IsSample);

    internal View View => MeasuredMachinesView.Create(Report, Names, _problems);

    /// <summary>Machines that were not measured: an upper bound of the generation rate of the same model at the same contexts, bandwidth ÷
    /// the bytes that a token reads. It is no measurement and no forecast of the speed.</summary>
    /// <param name="machines">Machines as for <see cref="Notebooks.Forecast.Machines"/>.</param>
    /// <param name="bandwidths">Bandwidths of memories without one: <c>ram=60GB/s,gpu=1TB/s</c>; null for none.</param>
    /// <param name="prices">What each costs, as for <see cref="Runs.Machines"/>; empty for nothing.</param>
    /// <exception cref="FormatException">An argument cannot be read, or the runs do not say the shape of their model or have a KV type
    /// that is unknown.</exception>
    public View Forecast(string machines, string? bandwidths = null, string prices = "")
    {
        ArgumentNullException.ThrowIfNull(prices);
        var run = Report.Machines[0].Manifest;
        var shape = run.Target.Shape ?? throw new FormatException(
            "the runs do not say the shape of their model; Forecast.Machines(\"MODEL\", …) takes a model by its name");
        if (run.Plan.Options.KvType is { } type && !KvCacheType.TryParse(type, out _))
        {
            throw new FormatException("the runs have a type of the KV cache that this version does not know; "
                + "Forecast.Machines(\"MODEL\", …, kvType: \"f16\") takes one by its name");
        }
        var matrix = Notebooks.Forecast.Fit([shape], run.Plan.Options.KvType, machines, bandwidths, Report.Contexts, reserve: null);
        var specs = matrix.Machines.Select(machine => machine.Machine.Name).ToList();
        var costs = CellOption.Parse(nameof(prices), () => MachineCost.ParseList(prices, specs));
        return MeasuredMachinesView.CreateForecast(Report, matrix, costs);
    }

    /// <summary>The tables and the conclusions in plain text.</summary>
    public override string ToString() => View.Text;

    internal static MeasuredMachines Create(MachineSources sources, string prices, string? context, string? model)
    {
        var selection = MachineSelection.Choose(sources.Runs, model);
        var names = MachineNames.Create(selection.Machines);
        var costs = CellOption.Parse(nameof(prices), () => MachineCost.ParseList(prices, names));
        int? wanted = context is null ? null : CellOption.Parse(nameof(context), () => TokenCount.Parse(context)).Value;
        var report = MachinesReport.Create(selection, costs, wanted);
        if (wanted is { } tokens && !report.Contexts.Contains(tokens))
        {
            throw new FormatException($"context: {new TokenCount(tokens)} was not measured; there are "
                + string.Join(", ", report.Contexts.Select(known => new TokenCount(known))));
        }
        return new MeasuredMachines(report, names, sources.Problems);
    }
}
