namespace MemoryWall.Machine.Sampling;

/// <summary>Counts of the sampler itself.</summary>
/// <param name="Samples">Samples taken.</param>
/// <param name="Missed">Points of the sampling grid that passed without a sample: gaps in the timeline.</param>
/// <param name="Lost">Samples that were taken but overwritten before they were passed on, or that the receiver refused.</param>
/// <param name="CpuTime">CPU time of the sampling thread; null where the system does not report it.</param>
/// <param name="SinkFailure">What the receiver of samples threw first; null where it threw nothing.</param>
/// <param name="ProbeFailure">Which background probe failed first, and why: its columns are absent from then on. Null where none
/// failed.</param>
internal sealed record SamplerStatistics(long Samples, long Missed, long Lost, TimeSpan? CpuTime, string? SinkFailure,
    string? ProbeFailure);
