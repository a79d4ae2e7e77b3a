namespace MemoryWall.Targets.Http;

/// <summary>How servers are reached: directly, without cookies, and where they are, not where they point to.</summary>
internal static class Connections
{
    private const int MostHeaderKilobytes = 64;

    public static SocketsHttpHandler Create() => new()
    {
        // A redirect would send the prompt, and a secret with it, to another host.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        MaxResponseHeadersLength = MostHeaderKilobytes,
        // A connection is opened with the load, so that no trial pays for it; it must survive the pauses of a run.
        PooledConnectionIdleTimeout = TimeSpan.FromHours(2),
    };
}
