namespace MemoryWall.Machine.Sampling;

/// <summary>How the sampler itself fared.</summary>
/// <param name="Samples">Samples taken.</param>
/// <param name="Missed">Points of the sampling grid that passed without a sample: gaps in the timeline.</param>
/// <param name="Lost">Samples that were taken and could not be handed on in time or were refused by the receiver.</param>
/// <param name="CpuTime">CPU time of the sampling thread; absent where the system does not tell it.</param>
/// <param name="SinkFailure">What the receiver of samples threw first; null where it threw nothing.</param>
/// <param name="ProbeFailure">Which probe beside the sampler was given up first, and why: its columns are absent from then on. Null where
/// none was.</param>
internal sealed record SamplerStatistics(long Samples, long Missed, long Lost, TimeSpan? CpuTime, string? SinkFailure,
    string? ProbeFailure);
