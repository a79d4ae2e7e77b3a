namespace MemoryWall.Targets.Http;

/// <summary>Whether a server loaded its model inside a timed request.</summary>
internal static class ReloadRule
{
    // A loaded model reports 1 to 24 ms, a model that is loaded again 350 ms and more.
    private static readonly TimeSpan s_minReload = TimeSpan.FromMilliseconds(200);

    public static bool IsReload(TimeSpan? reportedLoad) => reportedLoad > s_minReload;
}
