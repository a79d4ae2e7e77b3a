namespace MemoryWall.Targets.Http;

/// <summary>Detects that a server loaded its model within a timed request.</summary>
internal static class ReloadRule
{
    // Measured load times: 1 to 24 ms where the model is already loaded, 350 ms and more where it is loaded again.
    private static readonly TimeSpan s_minReload = TimeSpan.FromMilliseconds(200);

    public static bool IsReload(TimeSpan? reportedLoad) => reportedLoad > s_minReload;
}
