using MemoryWall.Facts;

namespace MemoryWall.Store;

/// <summary>The columns of <c>trials.csv</c>, as <c>data/README.md</c> explains them. Only facts: no rate, nothing derived.</summary>
internal static class TrialTable
{
    private const char FlagSeparator = '|';

    private static readonly (string Name, Func<Trial, string?> Cell)[] s_columns =
    [
        ("number", t => Cell.Of(t.Number)),
        ("context_tokens", t => Cell.Of(t.ContextTokens)),
        ("repetition", t => Cell.Of(t.Repetition)),
        ("concurrency", t => Cell.Of(t.Concurrency)),
        ("stream", t => Cell.Of(t.Stream)),
        ("output_tokens_asked", t => Cell.Of(t.OutputTokensAsked)),
        ("method", t => EnumNames.Name(t.Method)),
        ("prompt_kind", t => EnumNames.Name(t.PromptKind)),
        ("nonce", t => TextCell.Encode(t.Nonce)),
        ("window_tokens", t => Cell.Of(t.WindowTokens)),
        ("counted_prompt_tokens", t => Cell.Of(t.CountedPromptTokens)),
        ("cached_prompt_tokens", t => Cell.Of(t.CachedPromptTokens)),
        ("jumped_prompt_tokens", t => Cell.Of(t.SkippedPromptTokens)),
        ("output_tokens", t => Cell.Of(t.OutputTokens)),
        ("chunks", t => Cell.Of(t.Chunks)),
        ("load_started_seconds", t => Cell.Of(t.Client.LoadStarted)),
        ("load_seconds", t => Cell.Of(t.Client.Load)),
        ("sent_seconds", t => Cell.Of(t.Client.Sent)),
        ("headers_after_seconds", t => Cell.Of(t.Client.TimeToHeaders)),
        ("ttft_seconds", t => Cell.Of(t.Client.TimeToFirstToken)),
        ("first_reasoning_after_seconds", t => Cell.Of(t.Client.TimeToFirstReasoning)),
        ("last_token_after_seconds", t => Cell.Of(t.Client.TimeToLastToken)),
        ("ended_after_seconds", t => Cell.Of(t.Client.TimeToEnd)),
        ("server_load_seconds", t => Cell.Of(t.Server.Load)),
        ("server_queue_seconds", t => Cell.Of(t.Server.Queue)),
        ("server_jump_seconds", t => Cell.Of(t.Server.SkippedPrefill)),
        ("server_prefill_seconds", t => Cell.Of(t.Server.Prefill)),
        ("server_generation_seconds", t => Cell.Of(t.Server.Generation)),
        ("server_total_seconds", t => Cell.Of(t.Server.Total)),
        ("native_prefill_seconds", t => Cell.Of(t.Native.Prefill)),
        ("native_generation_seconds", t => Cell.Of(t.Native.Generation)),
        ("stop_reason", t => TextCell.Encode(t.StopReason)),
        ("outcome", t => t.Outcome.Kind),
        ("outcome_detail", t => t.Outcome.Detail.Length == 0 ? null : TextCell.Encode(t.Outcome.Detail)),
        ("outcome_json", t => OutcomeCell.Encode(t.Outcome)),
        ("flags", t => string.Join(FlagSeparator, t.Flags.Names())),
        ("kv_bytes", t => Cell.Of(t.KvBytes)),
        ("compute_bytes", t => Cell.Of(t.ComputeBytes)),
        ("resident_bytes", t => Cell.Of(t.ResidentBytes)),
        ("accelerator_bytes", t => Cell.Of(t.AcceleratorBytes)),
        .. MemoryColumns.All,
        .. ServerLoadColumns.All,
        .. TierColumns.All,
    ];

    /// <summary>The names of the columns, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_columns.Select(column => column.Name)];

    public static byte[] Header { get; } = CsvLines.Of([Names]);

    public static byte[] Row(Trial trial) => CsvLines.Of([s_columns.Select(column => column.Cell(trial))]);

    /// <summary>The trials of a file, in its order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">The run's plan, for what a row does not say.</param>
    /// <param name="findings">Told of what was read around.</param>
    public static IReadOnlyList<Trial> Read(string path, SweepPlan plan, Findings findings)
    {
        using var table = TableReader.Open(path, Names, findings);
        var trials = new List<Trial>();
        var numbers = new HashSet<int>();
        while (table?.Read() == true)
        {
            if (Read(table, plan, findings) is not { } trial)
                continue;
            if (numbers.Add(trial.Number))
                trials.Add(trial);
            else
                findings.Add($"{table.Where}: trial {trial.Number} is there already, left out");
        }
        return trials;
    }

    private static Trial? Read(TableReader row, SweepPlan plan, Findings findings)
    {
        if (row.Int("number") is not (> 0 and var number) || row.Int("context_tokens") is not { } context || row.Int("repetition") is not { } repetition)
        {
            findings.Add($"{row.Where}: has no number, context_tokens or repetition, left out");
            return null;
        }
        return new Trial
        {
            Number = number,
            ContextTokens = context,
            Repetition = repetition,
            Concurrency = row.Int("concurrency") ?? 1,
            Stream = row.Int("stream") ?? 1,
            OutputTokensAsked = row.Int("output_tokens_asked") ?? plan.OutputTokens,
            Method = Named(row, "method", SweepMethod.Cold, findings, "it is read as cold"),
            PromptKind = Named(row, "prompt_kind", plan.PromptKind, findings, "the plan's is shown"),
            Nonce = row.Text("nonce"),
            WindowTokens = row.Int("window_tokens"),
            CountedPromptTokens = row.Int("counted_prompt_tokens"),
            CachedPromptTokens = row.Int("cached_prompt_tokens"),
            SkippedPromptTokens = row.Int("jumped_prompt_tokens"),
            OutputTokens = row.Int("output_tokens"),
            Chunks = row.Int("chunks") ?? 0,
            Client = Client(row),
            Server = Server(row),
            Native = new NativeTimings { Prefill = row.Duration("native_prefill_seconds"), Generation = row.Duration("native_generation_seconds") },
            StopReason = row.Text("stop_reason"),
            Outcome = OutcomeCell.Decode(row.Raw("outcome_json"), row.Text("outcome"), row.Text("outcome_detail"), row.Where, findings),
            Flags = Flags(row, findings),
            KvBytes = row.Long("kv_bytes"),
            ComputeBytes = row.Long("compute_bytes"),
            ResidentBytes = row.Long("resident_bytes"),
            AcceleratorBytes = row.Long("accelerator_bytes"),
            Memory = MemoryColumns.Read(row),
            ServerLoad = ServerLoadColumns.Read(row),
            Tier = TierColumns.Read(row),
        };
    }

    private static ClientTimings Client(TableReader row) => new()
    {
        LoadStarted = row.Instant("load_started_seconds"),
        Load = row.Duration("load_seconds"),
        Sent = row.Instant("sent_seconds"),
        TimeToHeaders = row.Duration("headers_after_seconds"),
        TimeToFirstToken = row.Duration("ttft_seconds"),
        TimeToFirstReasoning = row.Duration("first_reasoning_after_seconds"),
        TimeToLastToken = row.Duration("last_token_after_seconds"),
        TimeToEnd = row.Duration("ended_after_seconds"),
    };

    private static ServerTimings Server(TableReader row) => new()
    {
        Load = row.Duration("server_load_seconds"),
        Queue = row.Duration("server_queue_seconds"),
        SkippedPrefill = row.Duration("server_jump_seconds"),
        Prefill = row.Duration("server_prefill_seconds"),
        Generation = row.Duration("server_generation_seconds"),
        Total = row.Duration("server_total_seconds"),
    };

    private static TrialFlags Flags(TableReader row, Findings findings)
    {
        var flags = TrialFlags.None;
        foreach (var name in row.Raw("flags").Split(FlagSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (TrialFlagNames.TryParse(name, out var flag))
                flags |= flag;
            else
                findings.Add($"{row.Where}: its flag '{TextCell.Encode(name)}' is not known to this version; read the trial with care");
        }
        return flags;
    }

    private static T Named<T>(TableReader row, string column, T missing, Findings findings, string instead)
        where T : struct, Enum
    {
        var name = row.Raw(column);
        if (EnumNames.TryParse<T>(name, out var value))
            return value;
        if (name.Length > 0)
            findings.Add($"{row.Where}: {column} '{TextCell.Encode(name)}' is not known to this version; {instead}");
        return missing;
    }
}
