namespace MemoryWall.Analysis.Comparisons;

/// <summary>One independent value of a quantity: that of one step. Concurrent streams share the state of the machine and are one
/// observation.</summary>
/// <param name="Value">The value, above 0.</param>
/// <param name="HasInterference">Whether other work on the machine disturbed it.</param>
/// <param name="At">Its place in time, in any unit that both sides share; absent where it is unknown.</param>
internal readonly record struct Observation(double Value, bool HasInterference, Int128? At = null);
