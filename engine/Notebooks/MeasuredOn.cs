using MemoryWall.Core;

namespace MemoryWall.Notebooks;

/// <summary>What a page of findings rests on: one sweep, and the systems held against each other. As the last value of a cell it shows
/// model, server, limits and machine.</summary>
/// <param name="Run">The sweep.</param>
/// <param name="Systems">The systems; none where there was no limit.</param>
public sealed record MeasuredOn(Run Run, IReadOnlyList<Run> Systems);
