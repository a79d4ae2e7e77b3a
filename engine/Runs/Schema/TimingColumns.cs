using MemoryWall.Core.Tables;
using MemoryWall.Core.Trials;
using ClientColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.ClientTimings>;
using NativeColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.NativeTimings>;
using ServerColumn = MemoryWall.Core.Tables.Column<MemoryWall.Core.Trials.ServerTimings>;

namespace MemoryWall.Runs.Schema;

/// <summary>The times of a trial: by the client's clock, by the server's report and around the inference library's calls.</summary>
internal static class TimingColumns
{
    private const string Duration = "s";
    private const string AfterSent = "s after sent";
    private const string NotReported = "The target does not report it.";

    private static readonly ClientColumn[] s_client =
    [
        ClientColumn.Seconds("load_started_seconds", "s, clock", "When the load request was sent.",
            "The target has no load request apart from the first request.",
            t => t.LoadStarted, (t, v) => t with { LoadStarted = v }),
        ClientColumn.Seconds("load_seconds", Duration, "How long the load request took.", "There was no load request, or it never ended.",
            t => t.Load, (t, v) => t with { Load = v }),
        ClientColumn.Seconds("sent_seconds", "s, clock", "When the request's first byte was handed to the socket.",
            "The request was never sent.",
            t => t.Sent, (t, v) => t with { Sent = v }),
        ClientColumn.Seconds("request_sent_after_seconds", AfterSent, "When the request's last byte was handed to the socket.",
            "That never happened, or the file is of a version that did not store it.",
            t => t.TimeToRequestSent, (t, v) => t with { TimeToRequestSent = v }),
        ClientColumn.Seconds("headers_after_seconds", AfterSent, "When the headers of the answer arrived.", "They never arrived.",
            t => t.TimeToHeaders, (t, v) => t with { TimeToHeaders = v }),
        ClientColumn.Seconds("ttft_seconds", AfterSent, "TTFT: when the first chunk with generated content arrived.",
            "No such chunk arrived.",
            t => t.TimeToFirstToken, (t, v) => t with { TimeToFirstToken = v }),
        ClientColumn.Seconds("first_reasoning_after_seconds", AfterSent, "When the first chunk with reasoning arrived.",
            "No such chunk arrived.",
            t => t.TimeToFirstReasoning, (t, v) => t with { TimeToFirstReasoning = v }),
        ClientColumn.Seconds("last_token_after_seconds", AfterSent, "When the last chunk with generated content arrived.",
            "No such chunk arrived.",
            t => t.TimeToLastToken, (t, v) => t with { TimeToLastToken = v }),
        ClientColumn.Seconds("ended_after_seconds", AfterSent, "When the answer ended, whatever the reason.", "The request was never sent.",
            t => t.TimeToEnd, (t, v) => t with { TimeToEnd = v }),
    ];

    private static readonly ServerColumn[] s_server =
    [
        ServerColumn.Seconds("server_load_seconds", Duration, "The target's report: time spent loading inside the timed request.",
            NotReported,
            t => t.Load, (t, v) => t with { Load = v }),
        ServerColumn.Seconds("server_queue_seconds", Duration, "The target's report: time spent waiting for other requests.", NotReported,
            t => t.Queue, (t, v) => t with { Queue = v }),
        ServerColumn.Seconds("server_tokenization_seconds", Duration,
            "The target's report: time spent converting the prompt's text to tokens.",
            "The target does not report it, or the prompt was sent as token ids.",
            t => t.Tokenization, (t, v) => t with { Tokenization = v }),
        ServerColumn.Seconds("server_jump_seconds", Duration,
            "The target's report: time spent taking KV cells for a skipped prefill.", "No prefill was skipped.",
            t => t.SkippedPrefill, (t, v) => t with { SkippedPrefill = v }),
        ServerColumn.Seconds("server_prefill_seconds", Duration,
            "The target's report: time spent computing the uncached part of the prompt.", NotReported,
            t => t.Prefill, (t, v) => t with { Prefill = v }),
        ServerColumn.Seconds("server_first_token_seconds", Duration,
            "The target's report: time from the end of prefill until the first token was sampled.", NotReported,
            t => t.FirstToken, (t, v) => t with { FirstToken = v }),
        ServerColumn.Seconds("server_generation_seconds", Duration,
            "The target's report: time spent generating. It covers one step less than the generated tokens.", NotReported,
            t => t.Generation, (t, v) => t with { Generation = v }),
        ServerColumn.Seconds("server_total_seconds", Duration, "The target's report: time for the whole request.", NotReported,
            t => t.Total, (t, v) => t with { Total = v }),
    ];

    private static readonly NativeColumn[] s_native =
    [
        NativeColumn.Seconds("native_prefill_seconds", Duration,
            "Time inside the inference library's calls for the batches of the prompt.", "Only the embedded server reports it.",
            t => t.Prefill, (t, v) => t with { Prefill = v }),
        NativeColumn.Seconds("native_generation_seconds", Duration,
            "Time inside the inference library's calls for the generation steps, one less than the generated tokens.",
            "Only the embedded server reports it.",
            t => t.Generation, (t, v) => t with { Generation = v }),
    ];

    public static IReadOnlyList<Column<Trial>> All { get; } =
    [
        .. s_client.Select(column => column.Within<Trial>(t => t.Client, (t, change) => t with { Client = change(t.Client) })),
        .. s_server.Select(column => column.Within<Trial>(t => t.Server, (t, change) => t with { Server = change(t.Server) })),
        .. s_native.Select(column => column.Within<Trial>(t => t.Native, (t, change) => t with { Native = change(t.Native) })),
    ];
}
