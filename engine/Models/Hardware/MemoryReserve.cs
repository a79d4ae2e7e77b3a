using MemoryWall.Core.Units;

namespace MemoryWall.Models.Hardware;

/// <summary>
/// Memory of a machine that the model does not get. RAM: an idle desktop takes 2 to 4 GiB, the firmware and the server some hundred MiB
/// more; without a wish a quarter of the RAM is left, at most 4 GiB. A graphics processor: 1 GiB, as llama.cpp's <c>--fit</c> leaves
/// (<c>--fit-target</c>), for the driver's context, the screen and what error correction takes.
/// </summary>
/// <param name="RamBytes">Bytes of RAM, 0 or more; null for a quarter, at most 4 GiB.</param>
/// <param name="GpuBytes">Bytes of each graphics processor's memory, 0 or more.</param>
public sealed record MemoryReserve(long? RamBytes, long GpuBytes)
{
    private const long MaxRam = 4 * ByteSize.GiB;
    private const int RamDivisor = 4;

    // macOS gives the graphics processor two thirds of up to 32 GiB, and three quarters of more (recommendedMaxWorkingSetSize).
    private const long LargeUnified = 32 * ByteSize.GiB;

    /// <summary>What is left without a wish.</summary>
    internal static MemoryReserve Default { get; } = new(null, ByteSize.GiB);

    /// <summary>Reads <c>ram=2GiB,gpu=512MiB</c>, or the size for RAM alone.</summary>
    /// <exception cref="FormatException">A part cannot be read.</exception>
    internal static MemoryReserve Parse(string text)
    {
        if (!text.Contains('=', StringComparison.Ordinal))
            return Default with { RamBytes = ByteSize.Parse(text).Bytes };
        var given = MemoryKinds.ParseList(text, "ram=2GiB,gpu=512MiB");
        var others = given.Keys.Where(kind => kind is MemoryKind.Unified or MemoryKind.Storage).ToList();
        if (others.Count > 0)
            throw new FormatException($"'{others[0].ToString().ToLowerInvariant()}' has no reserve; write ram and gpu "
                + "(ram for unified memory)");
        return new MemoryReserve(given.TryGetValue(MemoryKind.Ram, out var ram) ? ByteSize.Parse(ram).Bytes : null,
            given.TryGetValue(MemoryKind.Gpu, out var gpu) ? ByteSize.Parse(gpu).Bytes : Default.GpuBytes);
    }

    /// <summary>The RAM of a machine that a model can use, or all of its unified memory; null where it has none.</summary>
    internal long? UsableRam(MachineSpec machine) => machine.Ram?.Bytes.Bytes is { } bytes
        ? Math.Max(0, bytes - (RamBytes ?? Math.Min(MaxRam, bytes / RamDivisor))) : null;

    /// <summary>The memory of each graphics processor that a model can use, in order; none where the machine has no such processor. In
    /// unified memory it is the share that macOS gives it.</summary>
    internal IReadOnlyList<long> UsableGpus(MachineSpec machine) =>
        machine is { IsUnified: true, Ram.Bytes.Bytes: var all }
            ? [Math.Min(UsableRam(machine)!.Value, all <= LargeUnified ? all / 3 * 2 : all / 4 * 3)]
            : [.. machine.Gpus.Select(gpu => Math.Max(0, gpu.Bytes.Bytes - GpuBytes))];
}
