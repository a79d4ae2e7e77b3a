using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>The columns of <c>trials.csv</c>, as <c>data/README.md</c> explains them. Only facts: no rate, nothing derived.</summary>
internal static class TrialsFile
{
    private const char FlagSeparator = '|';

    private static readonly (string Name, Func<Trial, string?> Cell)[] s_columns =
    [
        ("number", t => NumberCell.Format(t.Number)),
        ("context_tokens", t => NumberCell.Format(t.ContextTokens)),
        ("repetition", t => NumberCell.Format(t.Repetition)),
        ("concurrency", t => NumberCell.Format(t.Concurrency)),
        ("stream", t => NumberCell.Format(t.Stream)),
        ("output_tokens_asked", t => NumberCell.Format(t.OutputTokensAsked)),
        ("method", t => EnumNames.Name(t.Method)),
        ("prompt_kind", t => EnumNames.Name(t.PromptKind)),
        ("nonce", t => TextCell.Encode(t.Nonce)),
        ("window_tokens", t => NumberCell.Format(t.WindowTokens)),
        ("counted_prompt_tokens", t => NumberCell.Format(t.CountedPromptTokens)),
        ("cached_prompt_tokens", t => NumberCell.Format(t.CachedPromptTokens)),
        ("jumped_prompt_tokens", t => NumberCell.Format(t.SkippedPromptTokens)),
        ("output_tokens", t => NumberCell.Format(t.OutputTokens)),
        ("chunks", t => NumberCell.Format(t.Chunks)),
        ("load_started_seconds", t => NumberCell.Format(t.Client.LoadStarted)),
        ("load_seconds", t => NumberCell.Format(t.Client.Load)),
        ("sent_seconds", t => NumberCell.Format(t.Client.Sent)),
        ("headers_after_seconds", t => NumberCell.Format(t.Client.TimeToHeaders)),
        ("ttft_seconds", t => NumberCell.Format(t.Client.TimeToFirstToken)),
        ("first_reasoning_after_seconds", t => NumberCell.Format(t.Client.TimeToFirstReasoning)),
        ("last_token_after_seconds", t => NumberCell.Format(t.Client.TimeToLastToken)),
        ("ended_after_seconds", t => NumberCell.Format(t.Client.TimeToEnd)),
        ("server_load_seconds", t => NumberCell.Format(t.Server.Load)),
        ("server_queue_seconds", t => NumberCell.Format(t.Server.Queue)),
        ("server_jump_seconds", t => NumberCell.Format(t.Server.SkippedPrefill)),
        ("server_prefill_seconds", t => NumberCell.Format(t.Server.Prefill)),
        ("server_generation_seconds", t => NumberCell.Format(t.Server.Generation)),
        ("server_total_seconds", t => NumberCell.Format(t.Server.Total)),
        ("native_prefill_seconds", t => NumberCell.Format(t.Native.Prefill)),
        ("native_generation_seconds", t => NumberCell.Format(t.Native.Generation)),
        ("stop_reason", t => TextCell.Encode(t.StopReason)),
        ("outcome", t => t.Outcome.Kind),
        ("outcome_detail", t => t.Outcome.Detail.Length == 0 ? null : TextCell.Encode(t.Outcome.Detail)),
        ("outcome_json", t => OutcomeCell.Encode(t.Outcome)),
        ("flags", t => string.Join(FlagSeparator, t.Flags.Names())),
        ("kv_bytes", t => NumberCell.Format(t.KvBytes)),
        ("compute_bytes", t => NumberCell.Format(t.ComputeBytes)),
        ("resident_bytes", t => NumberCell.Format(t.ResidentBytes)),
        ("accelerator_bytes", t => NumberCell.Format(t.AcceleratorBytes)),
        .. MemoryColumns.All,
        .. ServerLoadColumns.All,
        .. TierColumns.All,
    ];

    /// <summary>The names of the columns, in order.</summary>
    public static IReadOnlyList<string> ColumnNames { get; } = [.. s_columns.Select(column => column.Name)];

    public static byte[] Header { get; } = CsvLines.Encode([ColumnNames]);

    public static byte[] FormatRow(Trial trial) => CsvLines.Encode([s_columns.Select(column => column.Cell(trial))]);

    /// <summary>The trials of a file, in its order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">The run's plan, for what a row does not say.</param>
    /// <param name="findings">Told of what was read around.</param>
    public static IReadOnlyList<Trial> Read(string path, SweepPlan plan, ReadWarningCollector findings)
    {
        using var table = CsvTableReader.Open(path, ColumnNames, findings);
        var trials = new List<Trial>();
        var numbers = new HashSet<int>();
        while (table?.Read() == true)
        {
            if (Read(table, plan, findings) is not { } trial)
                continue;
            if (numbers.Add(trial.Number))
                trials.Add(trial);
            else
                findings.Add($"{table.Location}: trial {trial.Number} is there already, left out");
        }
        return trials;
    }

    private static Trial? Read(CsvTableReader row, SweepPlan plan, ReadWarningCollector findings)
    {
        if (row.GetInt("number") is not (> 0 and var number) || row.GetInt("context_tokens") is not { } context
            || row.GetInt("repetition") is not { } repetition)
        {
            findings.Add($"{row.Location}: has no number, context_tokens or repetition, left out");
            return null;
        }
        return new Trial
        {
            Number = number,
            ContextTokens = context,
            Repetition = repetition,
            Concurrency = row.GetInt("concurrency") ?? 1,
            Stream = row.GetInt("stream") ?? 1,
            OutputTokensAsked = row.GetInt("output_tokens_asked") ?? plan.OutputTokens,
            Method = ParseEnum(row, "method", SweepMethod.Cold, findings, "it is read as cold"),
            PromptKind = ParseEnum(row, "prompt_kind", plan.PromptKind, findings, "the plan's is shown"),
            Nonce = row.GetText("nonce"),
            WindowTokens = row.GetInt("window_tokens"),
            CountedPromptTokens = row.GetInt("counted_prompt_tokens"),
            CachedPromptTokens = row.GetInt("cached_prompt_tokens"),
            SkippedPromptTokens = row.GetInt("jumped_prompt_tokens"),
            OutputTokens = row.GetInt("output_tokens"),
            Chunks = row.GetInt("chunks") ?? 0,
            Client = ReadClientTimings(row),
            Server = ReadServerTimings(row),
            Native = new NativeTimings
            {
                Prefill = row.GetTimeSpan("native_prefill_seconds"),
                Generation = row.GetTimeSpan("native_generation_seconds")
            },
            StopReason = row.GetText("stop_reason"),
            Outcome = OutcomeCell.Decode(row.GetRaw("outcome_json"), row.GetText("outcome"), row.GetText("outcome_detail"), row.Location,
                findings),
            Flags = ReadFlags(row, findings),
            KvBytes = row.GetLong("kv_bytes"),
            ComputeBytes = row.GetLong("compute_bytes"),
            ResidentBytes = row.GetLong("resident_bytes"),
            AcceleratorBytes = row.GetLong("accelerator_bytes"),
            Memory = MemoryColumns.Read(row),
            ServerLoad = ServerLoadColumns.Read(row),
            Tier = TierColumns.Read(row),
        };
    }

    private static ClientTimings ReadClientTimings(CsvTableReader row) => new()
    {
        LoadStarted = row.GetInstant("load_started_seconds"),
        Load = row.GetTimeSpan("load_seconds"),
        Sent = row.GetInstant("sent_seconds"),
        TimeToHeaders = row.GetTimeSpan("headers_after_seconds"),
        TimeToFirstToken = row.GetTimeSpan("ttft_seconds"),
        TimeToFirstReasoning = row.GetTimeSpan("first_reasoning_after_seconds"),
        TimeToLastToken = row.GetTimeSpan("last_token_after_seconds"),
        TimeToEnd = row.GetTimeSpan("ended_after_seconds"),
    };

    private static ServerTimings ReadServerTimings(CsvTableReader row) => new()
    {
        Load = row.GetTimeSpan("server_load_seconds"),
        Queue = row.GetTimeSpan("server_queue_seconds"),
        SkippedPrefill = row.GetTimeSpan("server_jump_seconds"),
        Prefill = row.GetTimeSpan("server_prefill_seconds"),
        Generation = row.GetTimeSpan("server_generation_seconds"),
        Total = row.GetTimeSpan("server_total_seconds"),
    };

    private static TrialFlags ReadFlags(CsvTableReader row, ReadWarningCollector findings)
    {
        var flags = TrialFlags.None;
        foreach (var name in row.GetRaw("flags").Split(FlagSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (TrialFlagNames.TryParse(name, out var flag))
                flags |= flag;
            else
                findings.Add($"{row.Location}: its flag '{TextCell.Encode(name)}' is not known to this version; read the trial with care");
        }
        return flags;
    }

    private static T ParseEnum<T>(CsvTableReader row, string column, T missing, ReadWarningCollector findings, string instead)
        where T : struct, Enum
    {
        var name = row.GetRaw(column);
        if (EnumNames.TryParse<T>(name, out var value))
            return value;
        if (name.Length > 0)
            findings.Add($"{row.Location}: {column} '{TextCell.Encode(name)}' is not known to this version; {instead}");
        return missing;
    }
}
