using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Trials;

/// <summary>A trial and the marks of its stream.</summary>
internal sealed record MeasuredTrial(Trial Trial, IReadOnlyList<StreamMark> Marks);
