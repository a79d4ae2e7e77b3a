using System.Globalization;
using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>The columns of <c>trials.csv</c> that hold what a server told of its own work.</summary>
internal static class ServerLoadColumns
{
    private const string KvUsageColumn = "server_kv_usage_after_ratio";

    public static IReadOnlyList<(string Name, Func<Trial, string?> Cell)> All { get; } =
    [
        ("server_running_before", t => NumberCell.Format(t.ServerLoad?.RunningBefore)),
        ("server_waiting_before", t => NumberCell.Format(t.ServerLoad?.WaitingBefore)),
        ("server_prompt_tokens", t => NumberCell.Format(t.ServerLoad?.PromptTokens)),
        ("server_cached_tokens", t => NumberCell.Format(t.ServerLoad?.CachedTokens)),
        ("server_generated_tokens", t => NumberCell.Format(t.ServerLoad?.GeneratedTokens)),
        ("server_preemptions", t => NumberCell.Format(t.ServerLoad?.Preemptions)),
        (KvUsageColumn, t => t.ServerLoad?.KvUsageAfter?.ToString("R", CultureInfo.InvariantCulture)),
    ];

    /// <summary>The cells of a row; null where every one of them is empty.</summary>
    public static ServerLoad? Read(CsvTableReader row)
    {
        var load = new ServerLoad
        {
            RunningBefore = row.GetInt("server_running_before"),
            WaitingBefore = row.GetInt("server_waiting_before"),
            PromptTokens = row.GetLong("server_prompt_tokens"),
            CachedTokens = row.GetLong("server_cached_tokens"),
            GeneratedTokens = row.GetLong("server_generated_tokens"),
            Preemptions = row.GetLong("server_preemptions"),
            KvUsageAfter = row.GetDouble(KvUsageColumn),
        };
        return load == new ServerLoad() ? null : load;
    }
}
