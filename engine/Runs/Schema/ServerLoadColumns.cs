using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using LoadColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.ServerLoad>;

namespace MemoryWall.Runs.Schema;

/// <summary>What a server reports of its own work around a trial, by <c>/metrics</c> and <c>/slots</c>.</summary>
internal static class ServerLoadColumns
{
    private const string NotReported = "The server does not report it.";

    private static readonly LoadColumn[] s_load =
    [
        LoadColumn.Integer("server_running_before", "requests",
            "Requests that the server was processing just before those of the trial were sent.", NotReported,
            l => l.RunningBefore, (l, v) => l with { RunningBefore = v }),
        LoadColumn.Integer("server_waiting_before", "requests",
            "Requests that were waiting at the server just before those of the trial were sent.", NotReported,
            l => l.WaitingBefore, (l, v) => l with { WaitingBefore = v }),
        LoadColumn.Integer("server_prompt_tokens", "tokens",
            "Prompt tokens that the server processed during the step, of all clients and streams. "
                + "vLLM includes cached tokens, llama.cpp does not.", NotReported,
            l => l.PromptTokens, (l, v) => l with { PromptTokens = v }),
        LoadColumn.Integer("server_cached_tokens", "tokens",
            "Prompt tokens that the server took from its cache during the step, of all clients and streams.", NotReported,
            l => l.CachedTokens, (l, v) => l with { CachedTokens = v }),
        LoadColumn.Integer("server_generated_tokens", "tokens",
            "Tokens that the server generated during the step, of all clients and streams.", NotReported,
            l => l.GeneratedTokens, (l, v) => l with { GeneratedTokens = v }),
        LoadColumn.Integer("server_preemptions", "",
            "Requests that the server preempted during the step to make room for others.", NotReported,
            l => l.Preemptions, (l, v) => l with { Preemptions = v }),
        LoadColumn.Number("server_kv_usage_after_ratio", "0 to 1", "The part of the server's KV cache in use just after the step.",
            NotReported,
            l => l.KvUsageAfter, (l, v) => l with { KvUsageAfter = v }),
    ];

    public static IReadOnlyList<Column<Trial>> All { get; } =
        [.. s_load.Select(column =>
            column.Within<Trial>(t => t.ServerLoad, (t, change) => t with { ServerLoad = change(t.ServerLoad ?? new()) }))];
}
