using System.Globalization;
using MemoryWall.Facts;

namespace MemoryWall.Store;

/// <summary>The columns of <c>trials.csv</c> that hold what a server told of its own work.</summary>
internal static class ServerLoadColumns
{
    private const string KvUsage = "server_kv_usage_after_ratio";

    public static IReadOnlyList<(string Name, Func<Trial, string?> Cell)> All { get; } =
    [
        ("server_running_before", t => Cell.Of(t.ServerLoad?.RunningBefore)),
        ("server_waiting_before", t => Cell.Of(t.ServerLoad?.WaitingBefore)),
        ("server_prompt_tokens", t => Cell.Of(t.ServerLoad?.PromptTokens)),
        ("server_cached_tokens", t => Cell.Of(t.ServerLoad?.CachedTokens)),
        ("server_generated_tokens", t => Cell.Of(t.ServerLoad?.GeneratedTokens)),
        ("server_preemptions", t => Cell.Of(t.ServerLoad?.Preemptions)),
        (KvUsage, t => t.ServerLoad?.KvUsageAfter?.ToString("R", CultureInfo.InvariantCulture)),
    ];

    /// <summary>The cells of a row; null where every one of them is empty.</summary>
    public static ServerLoad? Read(TableReader row)
    {
        var load = new ServerLoad
        {
            RunningBefore = row.Int("server_running_before"),
            WaitingBefore = row.Int("server_waiting_before"),
            PromptTokens = row.Long("server_prompt_tokens"),
            CachedTokens = row.Long("server_cached_tokens"),
            GeneratedTokens = row.Long("server_generated_tokens"),
            Preemptions = row.Long("server_preemptions"),
            KvUsageAfter = row.Real(KvUsage),
        };
        return load == new ServerLoad() ? null : load;
    }
}
