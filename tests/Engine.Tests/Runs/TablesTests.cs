using System.Globalization;
using System.Text;
using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class TablesTests
{
    private const string GoldenTrials =
        "number,context_tokens,repetition,concurrency,stream,output_tokens_asked,method,prompt_kind,prompt_as,nonce,window_tokens,"
        + "given_window_tokens,counted_prompt_tokens,cached_prompt_tokens,jumped_prompt_tokens,output_tokens,"
        + "draft_tokens,accepted_draft_tokens,chunks,arrivals,first_arrival_chunks,"
        + "dropped_tokens,load_started_seconds,load_seconds,sent_seconds,request_sent_after_seconds,headers_after_seconds,ttft_seconds,"
        + "first_reasoning_after_seconds,"
        + "last_token_after_seconds,ended_after_seconds,"
        + "server_load_seconds,server_queue_seconds,server_tokenization_seconds,server_jump_seconds,server_prefill_seconds,"
        + "server_first_token_seconds,server_generation_seconds,"
        + "server_total_seconds,native_prefill_seconds,native_generation_seconds,"
        + "stop_reason,outcome,outcome_detail,outcome_json,flags,kv_bytes,compute_bytes,resident_bytes,accelerator_bytes,"
        + "cap_bytes,peak_bytes,anonymous_bytes,file_bytes,swap_bytes,oom_kills,load_read_bytes,load_file_refaults,"
        + "load_anonymous_refaults,load_major_faults,load_limit_hits,"
        + "prefill_read_bytes,prefill_file_refaults,prefill_anonymous_refaults,prefill_major_faults,prefill_limit_hits,"
        + "generation_read_bytes,generation_file_refaults,generation_anonymous_refaults,generation_major_faults,generation_limit_hits,"
        + "server_running_before,server_waiting_before,server_prompt_tokens,server_cached_tokens,server_generated_tokens,"
        + "server_preemptions,server_kv_usage_after_ratio,"
        + "tier_emulated,tier_locked,tier_budget_bytes,tier_pinned_weight_bytes,tier_streamed_weight_bytes,"
        + "tier_mapped_weight_bytes,tier_pinned_kv_bytes,tier_streamed_kv_bytes,tier_ring_bytes,tier_ring_slots,"
        + "tier_expert_bytes,tier_expert_bytes_per_token,tier_expert_pool_bytes,"
        + "tier_direct_read_bytes_per_second,tier_prefill_read_bytes,tier_prefill_written_bytes,tier_generation_read_bytes,"
        + "tier_generation_written_bytes,tier_generation_expert_uses,tier_generation_expert_misses,tier_generation_expert_bytes,"
        + "tier_generation_expert_missed_bytes,tier_generation_expert_wait_seconds,tier_generation_expert_hits_of_eighth,"
        + "tier_generation_expert_hits_of_quarter,tier_resumed_tokens,"
        + "tier_resume_seconds,tier_save_seconds,tier_state_bytes,tier_state_note,session_users,"
        + "session_user,session_turn,session_known_tokens,session_due_seconds,session_queue_seconds,session_ram_tokens,"
        + "session_ram_bytes,session_ram_seconds,session_evictions,session_saved_bytes,session_answer_sha256,session_answer_unit,"
        + "session_answer_pieces,session_needle,session_needle_depth,session_needle_found\n"
        + "1,8192,0,2,1,64,sampled,words,,amber otter,8272,8448,8192,0,7680,64,9,6,63,61,2,false,0.5,1.25,1.750000001,,0.0123,"
        + "12.3456789,,15.5,15.6,0.001,0,,0.02,12.3,,3.1,15.5,12.25,3.05,"
        + "length,completed,,\"{\"\"kind\"\":\"\"completed\"\"}\",warmup|concurrent,1073741824,,2147483648,0,734003200,734003200,"
        + "600,,0,1,,,,,,,,,,,4096,3,0,2,1,0,,8192,0,64,,0.125,true,,1000,,,,,,,,,,,2500000000,,,4096,,,,,,,,,0,0.25,,,,,,,,,,,,,,,,,,,,\n"
        + "2,32768,1,1,1,64,cold,document,,,,,,,,,,,0,,,,,,,,,,,,,,,,,,,,,,,,timed_out,prefill took longer than its limit of 0.5 s,"
        + "\"{\"\"kind\"\":\"\"timed_out\"\",\"\"phase\"\":\"\"prefill\"\",\"\"limit_seconds\"\":0.5}\",,,,,,,,,,,,,,,,,,,,,,,,,,,,"
        + ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n";

    private const string GoldenTokens =
        "trial,kind,tokens,arrived_seconds,native_seconds\n1,prefill,512,1.000000001,0.0000001\n1,chunk,,2.5,\n1,reasoning,1,3,0.25\n";

    private static readonly Trial[] s_trials =
    [
        new()
        {
            Number = 1,
            ContextTokens = 8192,
            Repetition = 0,
            Concurrency = 2,
            OutputTokensAsked = 64,
            Nonce = "amber otter",
            WindowTokens = 8272,
            GivenWindowTokens = 8448,
            CountedPromptTokens = 8192,
            CachedPromptTokens = 0,
            Method = SweepMethod.SyntheticDepth,
            SkippedPromptTokens = 7680,
            OutputTokens = 64,
            Chunks = 63,
            DraftTokens = 9,
            AcceptedDraftTokens = 6,
            Arrivals = 61,
            FirstArrivalChunks = 2,
            HasDroppedTokens = false,
            Client = new ClientTimings
            {
                LoadStarted = Instant.FromSeconds(0.5),
                Load = TimeSpan.FromSeconds(1.25),
                Sent = new Instant(1_750_000_001),
                TimeToHeaders = TimeSpan.FromMilliseconds(12.3),
                TimeToFirstToken = TimeSpan.FromTicks(123_456_789),
                TimeToLastToken = TimeSpan.FromSeconds(15.5),
                TimeToEnd = TimeSpan.FromSeconds(15.6),
            },
            Server = new ServerTimings
            {
                Load = TimeSpan.FromMilliseconds(1),
                Queue = TimeSpan.Zero,
                SkippedPrefill = TimeSpan.FromMilliseconds(20),
                Prefill = TimeSpan.FromSeconds(12.3),
                Generation = TimeSpan.FromSeconds(3.1),
                Total = TimeSpan.FromSeconds(15.5),
            },
            Native = new NativeTimings { Prefill = TimeSpan.FromSeconds(12.25), Generation = TimeSpan.FromSeconds(3.05) },
            StopReason = "length",
            Outcome = new Completed(),
            Flags = TrialFlags.Warmup | TrialFlags.Concurrent,
            KvBytes = 1L << 30,
            ResidentBytes = 1L << 31,
            AcceleratorBytes = 0,
            Tier = new TierUse { IsEmulated = true, BudgetBytes = 1000, DirectReadBytesPerSecond = 2_500_000_000,
                GenerationReadBytes = 4096, ResumedTokens = 0, Resume = TimeSpan.FromSeconds(0.25) },
            Memory = new TrialMemory
            {
                CapBytes = 734_003_200,
                PeakBytes = 734_003_200,
                AnonymousBytes = 600,
                SwapBytes = 0,
                OomKills = 1,
                Generation = new MemoryTraffic { ReadBytes = 4096, FileRefaults = 3, AnonymousRefaults = 0, MajorFaults = 2,
                    LimitHits = 1 },
            },
            ServerLoad = new ServerLoad { RunningBefore = 0, PromptTokens = 8192, CachedTokens = 0, GeneratedTokens = 64,
                KvUsageAfter = 0.125 },
        },
        new()
        {
            Number = 2,
            ContextTokens = 32768,
            Repetition = 1,
            OutputTokensAsked = 64,
            PromptKind = PromptKind.Document,
            Outcome = new TimedOut(Phase.Prefill, TimeSpan.FromSeconds(0.5)),
        },
    ];

    private static readonly StreamMark[] s_marks =
    [
        new(MarkKind.Prefill, 512, new Instant(1_000_000_001), TimeSpan.FromTicks(1)),
        new(MarkKind.Chunk, null, Instant.FromSeconds(2.5), null),
        new(MarkKind.Reasoning, 1, Instant.FromSeconds(3), TimeSpan.FromSeconds(0.25)),
    ];

    [Theory]
    [InlineData(".", ",")]
    [InlineData(",", ".")]
    [InlineData("·", ";")]
    public void Rows_AnyCulture_MatchTheGoldenFiles(string point, string group) => InCulture(point, group, () =>
    {
        byte[] trials = [.. TrialsFile.Header, .. s_trials.SelectMany(TrialsFile.FormatRow)];
        byte[] tokens = [.. TokensFile.Header, .. TokensFile.FormatRows(1, s_marks)];
        Assert.Equal(GoldenTrials, Encoding.UTF8.GetString(trials));
        Assert.Equal(GoldenTokens, Encoding.UTF8.GetString(tokens));
    });

    [Fact]
    public void Read_FileOfAnEarlierVersion_LacksLaterColumnsWithoutAWarning()
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "trials.csv");
        var earlier = new CsvTable<Trial>([.. TrialSchema.Columns.Where(column => !TrialSchema.AddedLater.Contains(column.Name))]);
        File.WriteAllBytes(path, [.. earlier.Header, .. earlier.FormatRows(s_trials)]);
        var findings = new ReadWarningCollector();
        var trial = TrialsFile.Read(path, StoreSamples.Manifest(), findings)[0];
        Assert.Equal((null, null, null, 61), (trial.DraftTokens, trial.AcceptedDraftTokens, trial.FirstArrivalChunks, trial.Arrivals));
        Assert.Empty(findings.ToList());
    }

    [Theory]
    [InlineData(".", ",")]
    [InlineData(",", ".")]
    public void Read_GoldenFilesInAnyCulture_GivesTheTrials(string point, string group) => InCulture(point, group, () =>
    {
        using var root = new TemporaryRoot();
        var (trials, tokens) = (Path.Combine(root.Path, "trials.csv"), Path.Combine(root.Path, "tokens.csv"));
        File.WriteAllText(trials, GoldenTrials);
        File.WriteAllText(tokens, GoldenTokens);
        var findings = new ReadWarningCollector();
        Assert.Equal(s_trials, TrialsFile.Read(trials, StoreSamples.Manifest(), findings));
        Assert.Equal(s_marks, TokensFile.Read(tokens, findings)[1]);
        Assert.Empty(findings.ToList());
    });

    [Fact]
    public void Read_AnyTrialAndMarks_ComeBackEqual()
    {
        using var root = new TemporaryRoot(inMemory: true);
        var (trialsPath, tokensPath) = (Path.Combine(root.Path, "trials.csv"), Path.Combine(root.Path, "tokens.csv"));
        Gen.Select(StoreSamples.AnyTrial, StoreSamples.AnyMarks).Sample((trial, marks) =>
        {
            File.WriteAllBytes(trialsPath, [.. TrialsFile.Header, .. TrialsFile.FormatRow(trial)]);
            File.WriteAllBytes(tokensPath, [.. TokensFile.Header, .. TokensFile.FormatRows(trial.Number, marks)]);
            var findings = new ReadWarningCollector();
            Assert.Equal(trial, Assert.Single(TrialsFile.Read(trialsPath, StoreSamples.Manifest(), findings)));
            Assert.Equal(marks, TokensFile.Read(tokensPath, findings).GetValueOrDefault(trial.Number, []));
            Assert.Empty(findings.ToList());
        }, iter: LongTests.Draws(2000), threads: 1);
    }

    [Fact]
    public void Read_Garbage_NeverThrows()
    {
        using var root = new TemporaryRoot(inMemory: true);
        var path = Path.Combine(root.Path, "trials.csv");
        var pieces = Gen.OneOf(
            Gen.Byte.Array[0, 30],
            StoreSamples.OneOf("\n", ",", "\"", "\r\n", "1,2048,1", "completed", "{\"kind\":", "\uFEFF", "\0\0\0\0", new string(',', 36))
                .Select(Encoding.UTF8.GetBytes),
            Gen.Const(TrialsFile.FormatRow(s_trials[0])));
        Gen.Select(Gen.Bool, pieces.Array[0, 20]).Sample((header, parts) =>
        {
            File.WriteAllBytes(path, [.. header ? TrialsFile.Header : [], .. parts.SelectMany(part => part)]);
            var findings = new ReadWarningCollector();
            _ = TrialsFile.Read(path, StoreSamples.Manifest(), findings);
            _ = TokensFile.Read(path, findings);
            _ = EventLog.Read(path, findings);
        }, iter: FuzzRange.Inputs.Count, threads: 1);
    }

    [Fact]
    public void Read_UnknownAndMissingColumns_ReadsTheRest()
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "trials.csv");
        File.WriteAllText(path,
            "number,context_tokens,repetition,surprise,ttft_seconds,outcome,flags\r\n"
                + "7,2048,1,x,1.5,completed,after_restart|early_stop|tired\r\n");
        var findings = new ReadWarningCollector();
        var trial = Assert.Single(TrialsFile.Read(path, StoreSamples.Manifest(), findings));
        Assert.Equal((7, 64, TimeSpan.FromSeconds(1.5)), (trial.Number, trial.OutputTokensAsked, trial.Client.TimeToFirstToken));
        Assert.Equal((new Completed(), TrialFlags.AfterRestart), (trial.Outcome, trial.Flags));
        Assert.Null(trial.CountedPromptTokens);
        Assert.Contains(findings.ToList(), text => text.Contains("column 'surprise' is not known", StringComparison.Ordinal));
        Assert.Contains(findings.ToList(), text => text.Contains("column 'counted_prompt_tokens' is missing", StringComparison.Ordinal));
        Assert.Contains(findings.ToList(), text => text.Contains("flags 'tired' is not known", StringComparison.Ordinal));
        // A doubt is no flag of this schema.
        Assert.Contains(findings.ToList(), text => text.Contains("flags 'early_stop' is not known", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"{\"\"kind\"\":\"\"melted\"\",\"\"degrees\"\":90}\"")]
    [InlineData("\"{\"\"kind\"\":\"\"refused\"\"}\"")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{oops")]
    [InlineData("")]
    public void Read_OutcomeOfANewerVersion_IsKeptAndNeverASuccess(string json)
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "trials.csv");
        File.WriteAllText(path,
            $"number,context_tokens,repetition,outcome,outcome_detail,outcome_json\n7,2048,1,melted,at 90 degrees,{json}\n");
        var findings = new ReadWarningCollector();
        var trial = Assert.Single(TrialsFile.Read(path, StoreSamples.Manifest(), findings));
        Assert.Equal(new UnknownOutcome("melted", "at 90 degrees"), trial.Outcome);
        Assert.Contains(findings.ToList(), text => text.Contains("cannot read the outcome 'melted' in full", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_DamagedLinesBetweenGoodOnes_LeavesOutOnlyThose()
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "trials.csv");
        byte[] bad = [.. Encoding.UTF8.GetBytes("9,2048\n\"open,1,1\n"), .. new byte[200], (byte)'\n',
            .. Encoding.UTF8.GetBytes("a\"b" + new string(',', 36) + "\n")];
        File.WriteAllBytes(path,
            [.. TrialsFile.Header, .. TrialsFile.FormatRow(s_trials[0]), .. bad, .. TrialsFile.FormatRow(s_trials[1]),
                .. TrialsFile.FormatRow(s_trials[1])]);
        var findings = new ReadWarningCollector();
        Assert.Equal(s_trials, TrialsFile.Read(path, StoreSamples.Manifest(), findings));
        Assert.Equal(5, findings.ToList().Count(text => text.Contains("skipped", StringComparison.Ordinal)));
        Assert.Contains("trials.csv line 8: there is a row of trial 2 already; this row is skipped", findings.ToList());
    }

    [Fact]
    public void Row_ServerTextOfAnyLength_AreBoundedAndStayReadable()
    {
        using var root = new TemporaryRoot();
        var path = Path.Combine(root.Path, "trials.csv");
        File.WriteAllBytes(path,
            [.. TrialsFile.Header, .. TrialsFile.FormatRow(s_trials[1] with { Outcome = new Refused(500, new string('x', 5_000_000)) })]);
        var findings = new ReadWarningCollector();
        var outcome = Assert.IsType<Refused>(Assert.Single(TrialsFile.Read(path, StoreSamples.Manifest(), findings)).Outcome);
        Assert.EndsWith("[cut: 5000000 characters]", outcome.Text, StringComparison.Ordinal);
        Assert.Empty(findings.ToList());
    }

    private static void InCulture(string point, string group, Action test)
    {
        var before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (point, group);
        culture.NumberFormat.NegativeSign = "−";
        CultureInfo.CurrentCulture = culture;
        try
        {
            test();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
