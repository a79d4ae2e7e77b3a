using System.ComponentModel;
using MemoryWall.Analysis.Predictions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Options;
using MemoryWall.Models.Hardware;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall forecast</c> about machines that a model may run on.</summary>
internal class ForecastMachineOptions : PagedOptions
{
    [CommandOption("--machine <LIST>")]
    [Description("Machines to compare, with several models after --model: 16GB (RAM), 24GB-gpu, 64GB+2x24GB-gpu, laptop=36GB-unified; "
        + "a bandwidth follows @, as in 24GB-gpu@1TB/s")]
    public string? Machine { get; init; }

    [CommandOption("--bandwidth <LIST>")]
    [Description("Bandwidths of the machines' memories, for a bound of tokens/s: ram=60GB/s,gpu=1TB/s,unified=400GB/s,storage=7GB/s")]
    public string? Bandwidth { get; init; }

    [CommandOption("--bandwidth-from <RUN>")]
    [Description("Bandwidths of RAM and storage as a run measured them: " + RunArgument.Meaning)]
    public string? BandwidthFrom { get; init; }

    [CommandOption("--reserve <SIZE>")]
    [Description("Memory of a machine that the model does not get: 2GiB of RAM, or ram=2GiB,gpu=512MiB "
        + "(default: a quarter of the RAM, at most 4 GiB, and 1 GiB of each GPU)")]
    public string? Reserve { get; init; }

    /// <summary>The machines.</summary>
    /// <exception cref="FormatException">A machine cannot be read.</exception>
    public IReadOnlyList<MachineSpec> ToMachines() => OptionParser.Parse("--machine", () => MachineSpecParser.ParseList(Machine ?? ""));

    /// <summary>What the machines keep.</summary>
    /// <exception cref="FormatException">A size cannot be read.</exception>
    public MemoryReserve ToReserve() =>
        Reserve is null ? MemoryReserve.Default : OptionParser.Parse("--reserve", () => MemoryReserve.Parse(Reserve));

    /// <summary>The bandwidths that were given, and those of a run where none was.</summary>
    /// <exception cref="FormatException">A bandwidth cannot be read, or the run measured none.</exception>
    public MemoryBandwidths ToBandwidths()
    {
        var given = Bandwidth is null ? MemoryBandwidths.None : OptionParser.Parse("--bandwidth", () => MemoryBandwidths.Parse(Bandwidth));
        if (BandwidthFrom is null)
            return given;
        var run = RunArgument.Read(RunsFolderOption.OpenStore(null), "--bandwidth-from", BandwidthFrom, withMarks: false);
        var measured = MeasuredBandwidths.Find(RunReport.Create(run));
        return measured is { Ram: null, Storage: null }
            ? throw new FormatException($"--bandwidth-from: run '{BandwidthFrom}' measured no bandwidth; write --bandwidth ram=60GB/s")
            : given.Or(measured);
    }

    /// <summary>The first option that needs machines; null where none was given.</summary>
    protected string? FindOptionOfMachines() =>
        Bandwidth is not null ? "--bandwidth" : BandwidthFrom is not null ? "--bandwidth-from" : Reserve is not null ? "--reserve" : null;
}
