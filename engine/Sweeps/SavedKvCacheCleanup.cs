using MemoryWall.Core.Plan;
using MemoryWall.Protocol;

namespace MemoryWall.Sweeps;

/// <summary>Removes the KV caches that a run saved in its tier's folder when it ends: their prompts never come again. Those that were there
/// before stay.</summary>
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
            // A device that is gone took them with it; otherwise the tier's budget has them go when their room is needed.
        }
    }

    private static string[] ListStateFiles(SweepPlan plan) =>
        plan is { Method: SweepMethod.Resume, Options.Tier.Folder: { } folder } && Directory.Exists(folder)
        ? Directory.GetFiles(folder, EmbeddedProtocol.KvStateFilePattern)
        : [];
}
