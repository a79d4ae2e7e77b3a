using MemoryWall.Core;

namespace MemoryWall.Runs;

/// <summary>A run in a list of runs.</summary>
/// <param name="Id">Its id, the name of its folder.</param>
/// <param name="Manifest">Its manifest; absent where it cannot be read.</param>
/// <param name="Trials">Trials stored, warm-ups and failures included.</param>
/// <param name="Completed">Stored trials that completed, warm-ups excluded.</param>
/// <param name="Problem">Why it cannot be read; absent where it can be read.</param>
public sealed record RunSummary(string Id, RunManifest? Manifest, int Trials, int Completed, string? Problem)
{
    /// <summary>Whether the user archived it: lists leave it out, and its files are unchanged.</summary>
    public bool IsArchived { get; init; }
}
