using MemoryWall.Analysis.Machines;
using MemoryWall.Core;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Short names of machines, each different from the others: the label that a user gave, else what differs between them.</summary>
internal static class MachineNames
{
    private const int MaxLength = 60;

    /// <summary>The name of each machine.</summary>
    /// <param name="machines">The runs of each.</param>
    public static IReadOnlyList<string> Create(IReadOnlyList<IReadOnlyList<MachineRun>> machines)
    {
        ArgumentNullException.ThrowIfNull(machines);
        var labels = machines.Select(LabelOf).ToList();
        if (labels.All(label => label.Length > 0) && labels.Distinct().Count() == labels.Count)
            return labels;
        var traits = machines.Select(runs => Describe(runs[0].Manifest)).ToList();
        var differing = Enumerable.Range(0, traits[0].Count).Where(i => traits.Select(trait => trait[i]).Distinct().Count() > 1).ToList();
        var names = traits.Select(trait => WordFormat.SingleLine(string.Join(", ", differing.Select(i => trait[i]).OfType<string>()),
            MaxLength)).ToList();
        return [.. names.Select((name, i) => name.Length > 0 && names.Count(other => other == name) == 1 ? name
            : $"{(name.Length > 0 ? name + ", " : "")}machine {NumberFormat.Tokens(i + 1)}")];
    }

    /// <summary>The hardware of a machine and its system, in one line.</summary>
    public static string FormatHardware(RunManifest run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return WordFormat.SingleLine(string.Join(", ", run.Machine.Gpus.Select(gpu => gpu.Name).Prepend(MachineLabel.Create(run.Machine))));
    }

    /// <summary>The settings of a machine; a dash where all are the defaults.</summary>
    public static string FormatSettings(RunManifest run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var settings = RunLabels.GetTraits(run).OfType<string>().ToList();
        return settings.Count == 0 ? NumberFormat.Absent : WordFormat.SingleLine(string.Join(", ", settings));
    }

    // A label of one of several runs may be about that run.
    private static string LabelOf(IReadOnlyList<MachineRun> runs) =>
        runs.Select(run => run.Manifest.Label).Distinct().ToList() is [{ } label] ? WordFormat.SingleLine(label, MaxLength).Trim() : "";

    private static List<string?> Describe(RunManifest run) =>
    [
        run.Target.Kind, run.Machine.CpuModel, $"{NumberFormat.Tokens(run.Machine.AvailableCores)} cores",
        $"{NumberFormat.Bytes(run.Machine.MemoryTotalBytes)} RAM",
        run.Machine.Gpus.Count == 0 ? null : string.Join(" + ", run.Machine.Gpus.Select(gpu => gpu.Name)),
        run.Machine.OperatingSystem, .. RunLabels.GetTraits(run),
    ];
}
