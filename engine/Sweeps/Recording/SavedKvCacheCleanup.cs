using MemoryWall.Core.Plan;
using MemoryWall.Protocol;

namespace MemoryWall.Sweeps.Recording;

/// <summary>Removes the KV caches that a run saved in its tier's folder when the run ends: their prompts are never used again. Files from
/// before the run stay.</summary>
internal sealed class SavedKvCacheCleanup(SweepPlan plan) : IDisposable
{
    private readonly HashSet<string> _existingFiles = [.. ListStateFiles(plan)];

    public void Dispose()
    {
        try
        {
            foreach (var file in ListStateFiles(plan).Except(_existingFiles))
                File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Files on a removed device need no cleanup; the tier deletes other files when its budget needs their space.
        }
    }

    private static string[] ListStateFiles(SweepPlan plan) =>
        plan is { Method: SweepMethod.Resume or SweepMethod.Session, Options.Tier.Folder: { } folder } && Directory.Exists(folder)
        ? Directory.GetFiles(folder, EmbeddedProtocol.KvStateFilePattern)
        : [];
}
