namespace MemoryWall.Reporting.Live;

/// <summary>The axes that all systems of one picture share.</summary>
/// <param name="Bytes">The longest bar of memory.</param>
/// <param name="Seconds">The end of the time axis.</param>
/// <param name="TtftSeconds">The longest bar of TTFT.</param>
/// <param name="GenerationTps">The longest bar of the generation rate.</param>
/// <param name="BytesPerSecond">The longest bar of transfers.</param>
internal readonly record struct LiveScale(double Bytes, double Seconds, double TtftSeconds, double GenerationTps, double BytesPerSecond)
{
    // A bar is never longer than the range, and an idle device shows no noise in full length.
    private const double MinBytesPerSecond = 10e6;

    /// <summary>The axes of some systems.</summary>
    public static LiveScale Create(IReadOnlyList<LiveSnapshot> systems) => new(
        Max(systems.SelectMany(GetBytes)), Max(systems.Select(system => (double?)system.RunningSeconds)),
        Max(systems.SelectMany(system => system.Progress.Ladder.Select(rung => rung.TtftSeconds)
            .Append(system.WaitingSeconds).Append(system.TtftSeconds))),
        Max(systems.SelectMany(system => system.Progress.Ladder.Select(rung => rung.GenerationTps).Append(system.Feed?.GenerationRate))),
        Math.Max(MinBytesPerSecond, Max(systems.SelectMany(GetTransfers))));

    private static double Max(IEnumerable<double?> values) => values.Max() is > 0 and var max ? max : 1;

    private static IEnumerable<double?> GetBytes(LiveSnapshot system) =>
    [
        system.Manifest.Plan.Cap?.Bytes, system.Placement?.Memory?.Total, system.Placement?.Storage?.Total,
        system.Placement?.Accelerator?.Total, .. system.Timeline.Select(point => point.MemoryBytes),
        .. system.Timeline.Select(point => point.SwapBytes),
    ];

    private static IEnumerable<double?> GetTransfers(LiveSnapshot system) =>
    [
        system.Machine?.SwapInBytesPerSecond, system.Machine?.SwapOutBytesPerSecond, system.Machine?.DiskReadBytesPerSecond,
        system.Machine?.DiskWriteBytesPerSecond, system.Machine?.ServerReadBytesPerSecond,
    ];
}
