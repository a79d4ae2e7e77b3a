using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Hardware;

/// <summary>Fits models into machines.</summary>
internal static class MachineFits
{
    /// <summary>Contexts in a table without a wish, which prompts commonly have.</summary>
    public const string DefaultContexts = "8k,32k,128k";

    // A server's processor has some hundred MiB of third-level cache.
    private const long LargeCacheBytes = 512L << 20;

    /// <summary>The table.</summary>
    /// <param name="models">The models, with their settings and without a placement.</param>
    /// <param name="contexts">Context windows in tokens, each 1 or more, at least one.</param>
    /// <param name="machines">The machines.</param>
    /// <param name="reserve">What is left to the system.</param>
    /// <param name="bandwidths">Bandwidths that the machines' descriptions do not give.</param>
    /// <exception cref="ArgumentException">A shape or its settings are invalid.</exception>
    public static MachineMatrix Compute(IReadOnlyList<(ModelShape Shape, ForecastSettings Settings)> models, IReadOnlyList<int> contexts,
        IReadOnlyList<MachineSpec> machines, MemoryReserve reserve, MemoryBandwidths bandwidths) => new()
        {
            Machines = [.. machines.Select(machine => new UsableMachine(machine, reserve.UsableRam(machine), reserve.UsableGpus(machine)))],
            Bandwidths = bandwidths,
            Reserve = reserve,
            Models = [.. models.Select(model => new ModelOnMachines
            {
                Model = model.Shape.Name ?? model.Shape.Architecture,
                KeyType = model.Settings.KeyType.Name,
                ValueType = model.Settings.ValueType.Name,
                Slots = model.Settings.Sequences,
                WeightsBytes = model.Shape.WeightBytes,
                TouchedWeightBytes = Touched(model.Shape),
                TrainedContextTokens = model.Shape.TrainedContextTokens,
                IsKnownArchitecture = KnownArchitectures.IsKnown(model.Shape.Architecture),
                MayFitCaches = Touched(model.Shape) < LargeCacheBytes,
                Machines = [.. machines.Select(machine =>
                    new MachineFitter(model.Shape, model.Settings, machine, reserve, bandwidths).Summarize(contexts))],
            })],
        };

    // Of a dense model every weight is read, where the file does not tell more.
    private static long? Touched(ModelShape shape) => shape.ActiveWeightBytes ?? (shape.ExpertCount is null ? shape.WeightBytes : null);
}
