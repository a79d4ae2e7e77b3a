using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Models.Hardware;

/// <summary>Fits one model into one machine.</summary>
internal sealed class MachineFitter(ModelShape shape, ForecastSettings settings, MachineSpec machine, MemoryReserve reserve,
    MemoryBandwidths bandwidths)
{
    private const int CellStep = 256;
    private readonly IReadOnlyList<long> _gpus = reserve.UsableGpus(machine);
    private readonly long? _ram = reserve.UsableRam(machine);
    private readonly BandwidthBound _bound = new(machine, bandwidths);

    /// <summary>The model with several contexts, and the largest contexts of each tier.</summary>
    public ModelOnMachine Summarize(IReadOnlyList<int> contexts)
    {
        var sought = Math.Max(shape.TrainedContextTokens ?? 0, contexts.Max());
        return new ModelOnMachine
        {
            Model = shape.Name ?? shape.Architecture,
            Spec = machine,
            AcceleratorContextTokens = FindLargest(sought, tier => tier is FitTier.Accelerator),
            MemoryContextTokens = FindLargest(sought, tier => tier is FitTier.Accelerator or FitTier.AcceleratorAndRam or FitTier.Ram),
            StorageContextTokens = FindLargest(sought, tier => tier is not (FitTier.DoesNotFit or FitTier.Unknown)),
            SoughtContextTokens = sought,
            Contexts = [.. contexts.Select(Fit)],
        };
    }

    /// <summary>The model with one context.</summary>
    public MachineFit Fit(int contextTokens)
    {
        var (placed, row, fit) = Place(contextTokens);
        return fit.Tier is FitTier.Unknown or FitTier.DoesNotFit ? fit
            : _bound.Apply(fit, TokenReads.Compute(shape, placed, contextTokens), placed, InRam(row) - (row.Host.ComputeBytes ?? 0));
    }

    private (ForecastSettings Settings, ForecastRow Row, MachineFit Fit) Place(int contextTokens)
    {
        var (placed, row) = AcceleratorPlacement.Choose(shape, settings, contextTokens, _gpus);
        var fit = new MachineFit
        {
            ContextTokens = contextTokens,
            Tier = FitTier.Unknown,
            TierGap = row.WeightsBytes is null ? FitGap.Weights : FitGap.Vocabulary,
            GpuLayers = placed.GpuLayers,
            CpuExpertLayers = placed.CpuExpertLayers,
            TotalBytes = row.TotalBytes,
        };
        if (row.TotalBytes is not { } total || row.Host.TotalBytes is not { } host)
            return (placed, row, fit);
        var onGpu = row.Accelerator?.TotalBytes ?? 0;
        fit = fit with { TierGap = FitGap.None, AcceleratorBytes = onGpu, RamBytes = host, StorageBytes = 0 };
        var isAllOnGpu = placed.GpuLayers > Placement.CreateWithoutRules(shape, placed).BlockCount && placed.CpuExpertLayers == 0;
        if (_ram is null)
        {
            // Nothing is said about the RAM beside a graphics processor, which then needs little of it.
            return (placed, row, isAllOnGpu ? fit with { Tier = FitTier.Accelerator }
                : fit with { Tier = FitTier.DoesNotFit, TierGap = FitGap.NoRam });
        }
        var inRam = Math.Min(host, InRam(row));
        if (inRam == host)
        {
            return (placed, row, fit with
            {
                Tier = isAllOnGpu ? FitTier.Accelerator : placed.GpuLayers > 0 ? FitTier.AcceleratorAndRam : FitTier.Ram,
            });
        }
        var gap = FindStorageGap(placed, row, contextTokens, host - inRam);
        return (placed, row, fit with
        {
            Tier = gap == FitGap.None ? FitTier.Storage : FitTier.DoesNotFit,
            TierGap = gap,
            RamBytes = inRam,
            StorageBytes = host - inRam,
        });
    }

    // RAM beside the graphics processors; unified memory is what they leave.
    private long InRam(ForecastRow row) => _ram is not { } usable ? long.MaxValue
        : Math.Max(0, machine.IsUnified ? usable - (row.Accelerator?.TotalBytes ?? 0) : usable);

    private FitGap FindStorageGap(ForecastSettings placed, ForecastRow row, int contextTokens, long overflow)
    {
        var reads = TokenReads.Compute(shape, placed, contextTokens);
        // Buffers and states are written with every token, and a layer is computed from memory.
        var pinned = (row.Host.ComputeBytes ?? 0) + (reads?.HostStates ?? 0) + (reads?.LargestHostLayer ?? 0);
        if (pinned > InRam(row))
            return FitGap.RamTooSmall;
        // The whole model is there as a file; of what overflows, only keys and values need further room.
        var cache = Math.Min(overflow, row.Host.KvBytes);
        return machine.Storage is { } storage && row.WeightsBytes + cache > storage.Bytes.Bytes ? FitGap.StorageTooSmall : FitGap.None;
    }

    private int? FindLargest(int sought, Func<FitTier, bool> holds)
    {
        bool Holds(int tokens) => holds(Place(tokens).Fit.Tier);
        if (Holds(sought))
            return sought;
        // The cache grows in steps of so many tokens.
        var steps = AcceleratorPlacement.FindSmallest(1, sought / CellStep + 1,
            step => step * (long)CellStep > sought || !Holds(step * CellStep));
        return steps == 1 ? null : (steps - 1) * CellStep;
    }
}
