using System.Globalization;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Reporting.Json;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Audit;

/// <summary>Each rule fires on a file with its kind of error, and not on files without errors.</summary>
public sealed class RulesTests
{
    public static TheoryData<string> Clean => new(AuditSamples.All);

    [Theory]
    [MemberData(nameof(Clean))]
    public void CleanFile_NoDoubts(string name) =>
        Assert.Empty(Auditor.AuditText(name, AuditSamples.Text(name), new AuditSettings()).Doubts);

    [Theory]
    // Truncation: Ollama keeps num_ctx/2 + 2 tokens of a prompt that does not fit; where the length is known, any missing token shows.
    [InlineData("truncated-prompt", "ollama.txt", "prompt eval count:    7000", "prompt eval count:    16386")]
    [InlineData("truncated-prompt", "guidellm.json", "\"mean\": 513.0", "\"mean\": 258.0")]
    [InlineData("wrong-length-prompt", "guidellm.json",
        "\"prompt_tokens\": 513, \"output_tokens\": 128, \"time_to_first_token_ms\": 111.0",
        "\"prompt_tokens\": 700, \"output_tokens\": 128, \"time_to_first_token_ms\": 111.0")]
    [InlineData("wrong-length-prompt", "aiperf.json", "--isl 576", "--isl 512")]
    [InlineData("warm-cache", "vllm.json", "\"rtfx\"", "\"total_cached_tokens\": 3000, \"rtfx\"")]
    [InlineData("warm-cache", "vllm.json", "\"ttfts\": [0.22, 0.21, 0.208, 0.21]", "\"ttfts\": [0.22, 0.021, 0.0208, 0.021]")]
    [InlineData("warm-cache", "guidellm.json", "\"request_id\": \"b\"", "\"request_id\": \"b\", \"cached_tokens\": 480")]
    [InlineData("zero-token-success", "vllm.json", "\"total_output_tokens\": 512", "\"total_output_tokens\": 0")]
    [InlineData("zero-token-success", "vllm.json", "\"output_lens\": [128, 128", "\"output_lens\": [0, 128")]
    [InlineData("zero-duration-rate", "ollama.txt", "eval count:           160 token(s)", "eval count:           1 token(s)")]
    [InlineData("zero-duration-rate", "ollama.txt", "eval duration:        16.774703785s", "eval duration:        15µs")]
    [InlineData("mean-of-failures", "vllm.json", "\"failed\": 0", "\"failed\": 2")]
    [InlineData("mean-of-failures", "guidellm.json", "\"errored\": 0, \"total\": 3", "\"errored\": 5, \"total\": 8")]
    [InlineData("mean-of-failures", "aiperf.json", "\"error_summary\": []",
        "\"error_summary\": [{\"error_details\": {\"code\": 500}, \"count\": 3}]")]
    [InlineData("missing-warm-up", "llama-bench.json", "14645.5, 14837.2", "5645.5, 14837.2")]
    [InlineData("missing-warm-up", "llama-bench.md", "± 1051.21", "± 4051.21")]
    [InlineData("missing-warm-up", "llama-bench.csv", "\"277.019504\"", "\"7277.019504\"")]
    [InlineData("inconsistent-figures", "vllm.json", "\"max_output_tokens_per_s\": 71.0", "\"max_output_tokens_per_s\": 21.0")]
    [InlineData("inconsistent-figures", "ollama.txt", "eval rate:            9.54", "eval rate:            19.54")]
    [InlineData("inconsistent-figures", "llama-bench.sql", "34463535", "14463535")]
    [InlineData("impossible-rate", "llama-bench.json", "3300.212273", "33002122.73")]
    public void FalseFile_IsDoubted(string rule, string name, string old, string now)
    {
        var doubt = Assert.Single(AuditSamples.Changed(name, old, now).Doubts, doubt => doubt.Rule == rule);
        Assert.NotEmpty(doubt.Records);
        Assert.Matches(@"^[\w.-]+/[\w.-]+#\d+$", doubt.Origin.Issue);
        Assert.StartsWith($"{rule}: ", AuditPhrases.FormatDoubt(doubt), StringComparison.Ordinal);
    }

    /// <summary>One file for each rule, which has its fault and no other: exactly that doubt.</summary>
    [Theory]
    [InlineData("truncated-prompt", "guidellm.csv", ",1.0,513.0,128.0,", ",1.0,258.0,128.0,", 512)]
    [InlineData("truncated-prompt", "ollama.log", "[GIN]",
        "time=2026-03-01T10:00:20.000+01:00 level=WARN source=runner.go:153 msg=\"truncating input prompt\" limit=4096 prompt=9000 keep=5 "
            + "new=4096\n[GIN]", null)]
    [InlineData("truncated-prompt", "llama-server.json", "\"truncated\":false", "\"truncated\":true", null)]
    [InlineData("wrong-length-prompt", "sglang.jsonl", "\"random_range_ratio\": 0.0, \"duration\": 30.0, \"completed\": 64, "
        + "\"total_input_tokens\": 33000", "\"random_range_ratio\": 1.0, \"duration\": 30.0, \"completed\": 64, "
        + "\"total_input_tokens\": 73000", null)]
    [InlineData("warm-cache", "llama-server.json", "\"cache_n\":0,\"prompt_n\":1024", "\"cache_n\":512,\"prompt_n\":1024", null)]
    [InlineData("warm-cache", "ollama-frames.jsonl", "\"prompt_eval_cached_count\":0", "\"prompt_eval_cached_count\":256", null)]
    [InlineData("warm-cache", "llama-server.log", "task.n_tokens = 1024\n0.05.995.101 I slot update_slots: id  0 | task 0 | n_tokens = 0,",
        "task.n_tokens = 1536\n0.05.995.101 I slot update_slots: id  0 | task 0 | n_tokens = 512,", null)]
    [InlineData("flat-ttft", "aidaptiv-requests.csv", "1780000030.3,16384,True,True,34000.0",
        "1780000023.3,16384,True,True,8300.0,12400.0,80,6.45,18.6,\n1780000036.4,65536,True,True,9000.0", null)]
    [InlineData("zero-token-success", "guidellm.csv", ",1.0,513.0,128.0,", ",1.0,513.0,0.0,", null)]
    [InlineData("zero-duration-rate", "ollama.txt", "eval count:           160 token(s)", "eval count:           1 token(s)", null)]
    [InlineData("zero-duration-rate", "sglang.txt", "Median TPOT (ms):                        12.27",
        "Median TPOT (ms):                        -0.00", null)]
    [InlineData("unmeasured-ttft", "vllm-serve.txt", "Median TTFT (ms):                        133.40",
        "Median TTFT (ms):                        0.00", null)]
    [InlineData("unmeasured-ttft", "vllm.json", "\"ttfts\": [0.22, 0.21, 0.208, 0.21]", "\"ttfts\": [0.22, 0.0, 0.208, 0.21]", null)]
    [InlineData("unaccounted-time", "ollama-bench.md", "| total | 1 | 9.48s", "| total | 1 | 14.48s", null)]
    [InlineData("unaccounted-time", "ollama-frames.jsonl", "\"prompt_eval_duration\":1280000000",
        "\"prompt_eval_duration\":20000000", null)]
    [InlineData("mean-of-failures", "vllm-serve.txt", "Failed requests:                         0",
        "Failed requests:                         7", null)]
    [InlineData("mean-of-failures", "sglang.txt", "num_prompts=64", "num_prompts=100", null)]
    [InlineData("mean-of-failures", "aidaptiv-results.json", "34000.0, \"pass_rate_pct\": 100.0", "34000.0, \"pass_rate_pct\": 50.0", null)]
    [InlineData("mean-of-failures", "llama-benchy.json", "\"values\": [618.0, 622.0]", "\"values\": [618.0]", null)]
    [InlineData("mean-of-failures", "aiperf.csv", "Request Count,10", "Error Request Count,3\nRequest Count,10", null)]
    [InlineData("missing-warm-up", "vllm-latency.json", "\"latencies\": [2.0,", "\"latencies\": [5.0,", null)]
    [InlineData("missing-warm-up", "llama-bench-paste.txt", "311.42 ± 1.20", "311.42 ± 101.20", null)]
    [InlineData("order-effect", "llama-bench-paste.txt", "701.02 ± 4.05", "501.02 ± 4.05", null)]
    [InlineData("inconsistent-figures", "vllm-throughput.json", "\"tokens_per_second\": 9600.0", "\"tokens_per_second\": 19600.0", null)]
    [InlineData("inconsistent-figures", "vllm-serve.txt", "Peak output token throughput (tok/s):    720.00",
        "Peak output token throughput (tok/s):    300.00", null)]
    [InlineData("impossible-rate", "vllm-trimmed.txt", "Mean TPOT (ms):                          11.60",
        "Mean TPOT (ms):                          0.0001", null)]
    public void CraftedFile_ExactlyItsDoubt(string rule, string name, string old, string now, int? asked)
    {
        var file = AuditSamples.Changed(name, old, now, new AuditSettings { PromptTokens = asked });
        Assert.Equal([rule], file.Doubts.Select(doubt => doubt.Rule).Distinct());
        Assert.All(file.Doubts, doubt => Assert.All(doubt.Records, number => Assert.Equal(number, file.Records[number - 1].Number)));
    }

    [Fact]
    public void EveryRule_HasACraftedFile()
    {
        var crafted = typeof(RulesTests).GetMethod(nameof(CraftedFile_ExactlyItsDoubt))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>()
            .Select(data => (string)data.Data[0]!).Append("peak-picked").ToHashSet();
        Assert.Empty(Auditor.Rules.Keys.Except(crafted));
    }

    [Theory]
    // Seconds of the clock: a run of 1.4 s may lie in three of them, so a best second below the mean proves nothing.
    [InlineData(1.4, 94, 75, false)]
    [InlineData(1.4, 94, 20, true)]
    [InlineData(100, 94, 75, true)]
    [InlineData(100, 94, 92, false)]
    public void PeakBelowTheMean_IsDoubtedOnlyWhereNoSecondCanExplainIt(double seconds, double mean, double peak, bool doubted) =>
        Assert.Equal(doubted, Rules(FormattableString.Invariant($$"""
            {"backend":"openai","model_id":"m","num_prompts":8,"max_concurrency":2,"duration":{{seconds}},"completed":8,"failed":0,
            "total_output_tokens":{{seconds * mean}},"output_throughput":{{mean}},"max_output_tokens_per_s":{{peak}},"mean_ttft_ms":217.3}
            """)).Contains("inconsistent-figures"));

    [Theory]
    // The time of a network or a queue is flat too; one that grew before, or is long, is not.
    [InlineData(new[] { 0.5, 0.5, 0.5, 0.5 }, false)]
    [InlineData(new[] { 5.0, 5.1, 5.2, 5.3 }, true)]
    [InlineData(new[] { 0.2, 0.5, 0.5, 0.5 }, true)]
    [InlineData(new[] { 1.0, 4.0, 16.0, 64.0 }, false)]
    [InlineData(new[] { 5.0, 5.1, 5.2, 20.0 }, false)]
    public void TtftOverGrowingContexts_FlatIsDoubted(double[] seconds, bool doubted)
    {
        var rows = seconds.Select((time, place) => FormattableString.Invariant(
            $"{1780000000 + place * 100},{1024 * Math.Pow(4, place)},True,True,{time * 1000},{time * 1000 + 4000},80,1,20.0,"));
        Assert.Equal(doubted, Rules(
            "timestamp,context_len,success,pass_fail,ttft_ms,total_latency_ms,output_tokens,tps_overall,tps_decode,error\n"
            + string.Join('\n', rows)).Contains("flat-ttft"));
    }

    [Theory]
    // Four users wait for each other's answers, which take as long at each context.
    [InlineData(1, false)]
    [InlineData(100, true)]
    public void TtftOfAnswersAtTheSameTime_IsNotCalledFlat(int secondsApart, bool doubted)
    {
        var rows = Enumerable.Range(0, 16).Select(i => FormattableString.Invariant(
            $"{1780000000 + i / 4 * 4 * 100 + i % 4 * secondsApart},{1024 * Math.Pow(4, i / 4)},True,True,30000,50000,80,1,4.0,"));
        Assert.Equal(doubted, Rules(
            "timestamp,context_len,success,pass_fail,ttft_ms,total_latency_ms,output_tokens,tps_overall,tps_decode,error\n"
            + string.Join('\n', rows)).Contains("flat-ttft"));
    }

    [Theory]
    [InlineData(41841.6, true)]
    [InlineData(52000.0, false)]
    public void FlatMeans_OfOneAnswerAContext_AreDoubted(double p99, bool doubted)
    {
        var contexts = Enumerable.Range(0, 4).Select(i => FormattableString.Invariant($$"""
            {"context": {{1024 * Math.Pow(4, i)}}, "avg_latency_ms": 41841.6, "p50_latency_ms": 41841.6, "p95_latency_ms": {{p99}},
            "p99_latency_ms": {{p99}}, "avg_ttft_ms": 34000.0, "pass_rate_pct": 100.0}
            """));
        Assert.Equal(doubted, Rules($"[{string.Join(',', contexts)}]").Contains("flat-ttft"));
    }

    [Theory]
    // A wait for another client, and a short prompt after a long one whose state is saved first.
    [InlineData(2048, 2, 2048, 2, false)]
    [InlineData(32768, 40, 256, 0.25, false)]
    // Only the last batch was timed.
    [InlineData(2048, 2, 2048, 0.05, true)]
    public void TimeOfNoPhase_IsDoubtedWherePrefillIsTooFast(int firstTokens, double firstSeconds, int tokens, double seconds,
        bool doubted)
    {
        static string Frame(int count, double prefill, double wait) => FormattableString.Invariant(
            $$"""{"model":"a","done":true,"total_duration":{{(prefill + wait + 1) * 1e9:0}},"load_duration":1000000,""")
            + FormattableString.Invariant($"\"prompt_eval_count\":{count},")
            + FormattableString.Invariant($"\"prompt_eval_duration\":{prefill * 1e9:0},\"eval_count\":20,\"eval_duration\":1000000000}}");
        Assert.Equal(doubted, Rules(Frame(firstTokens, firstSeconds, 0) + "\n" + Frame(tokens, seconds, 5)).Contains("unaccounted-time"));
    }

    [Fact]
    public void TtftOf0_InMeansOfSuccesses_IsDoubted() => Assert.Contains("unmeasured-ttft", Rules("""
        {"benchmarks":[{"metrics":{"request_totals":{"successful":3,"errored":0,"total":3},
        "output_token_count":{"successful":{"count":3,"mean":128.0,"max":128.0,"median":128.0}},
        "time_to_first_token_ms":{"successful":{"count":3,"mean":0.0,"max":0.0,"median":0.0}}}}]}
        """));

    [Fact]
    public void AnswersAtTheSameTime_AreNoCacheAndNoOrder() =>
        Assert.Empty(Auditor.AuditText("x", AuditSamples.Text("vllm.json").Replace("\"max_concurrency\": 1", "\"max_concurrency\": null",
                StringComparison.Ordinal)
            .Replace("\"max_concurrent_requests\": 1", "\"max_concurrent_requests\": 4", StringComparison.Ordinal)
            .Replace("\"ttfts\": [0.22, 0.21, 0.208, 0.21]", "\"ttfts\": [0.22, 0.021, 0.0208, 0.021]", StringComparison.Ordinal),
            new AuditSettings()).Doubts);

    private static IEnumerable<string> Rules(string text) =>
        Auditor.AuditText("x", text, new AuditSettings()).Doubts.Select(doubt => doubt.Rule);

    [Fact]
    public void Finding_HasItsValuesAndTheSentenceMadeFromThem()
    {
        var file = AuditSamples.Changed("vllm.json", "\"total_output_tokens\": 512", "\"total_output_tokens\": 0");
        var doubt = Assert.Single(file.Doubts, doubt => doubt.Rule == "zero-token-success");
        Assert.Equal(new EmptySuccesses(1, 5), doubt.Evidence);
        Assert.Equal("zero-token-success: 1 of 5 records count as successful without a generated token", AuditPhrases.FormatDoubt(doubt));
        var json = ReportJson.ToJson(file)!["doubts"]!.AsArray().Single(found => (string?)found!["rule"] == "zero-token-success")!;
        Assert.Equal("1 of 5 records count as successful without a generated token", (string?)json["sentence"]);
        Assert.Equal(("empty_successes", 1), ((string?)json["evidence"]!["kind"], (int)json["evidence"]!["empty"]!));
        Assert.Equal("tenstorrent/tt-inference-server#3331", (string?)json["origin"]!["issue"]);
    }

    [Fact]
    public void RateOfTheFastestRepetition_IsPeakPicked()
    {
        var text = AuditSamples.Text("llama-bench.json").Replace("14922.5 ]", "15922.5 ]", StringComparison.Ordinal);
        Assert.DoesNotContain(Auditor.AuditText("x", text, new AuditSettings()).Doubts, doubt => doubt.Rule == "peak-picked");
        var picked = text.Replace("\"avg_ts\": 14801.742311", "\"avg_ts\": 15922.5", StringComparison.Ordinal);
        Assert.Equal([1],
            Assert.Single(Auditor.AuditText("x", picked, new AuditSettings()).Doubts, doubt => doubt.Rule == "peak-picked").Records);
    }

    [Fact]
    public void SameTestAtAnotherPlaceOfAnInvocation_AnotherRate_IsAnOrderEffect()
    {
        var first = AuditSamples.Text("llama-bench.jsonl").TrimEnd();
        var later = first.Replace("14754.434868", "11754.434868", StringComparison.Ordinal)
            .Replace("34705549", "43558026", StringComparison.Ordinal)
            .Replace("[ 14828.6, 14531.9, 14902.8 ]", "[ 11800.0, 11700.0, 11763.0 ]", StringComparison.Ordinal);
        // An array is one invocation.
        static string Array(params string[] lines) => "[" + string.Join(',', lines).Replace("\n", ",", StringComparison.Ordinal) + "]";
        Assert.DoesNotContain(Rules(Array(first, first)), rule => rule == "order-effect");
        var doubt = Assert.Single(Auditor.AuditText("x", Array(first, later), new AuditSettings()).Doubts,
            doubt => doubt.Rule == "order-effect");
        Assert.Equal([3, 1], doubt.Records);
        // A different batch size is a different test, and so are another build and another device.
        foreach (var (old, now) in new[] { ("\"n_ubatch\": 512", "\"n_ubatch\": 64"), ("\"build_number\": ", "\"build_number\": 1"),
            ("\"cpu_info\": \"", "\"cpu_info\": \"another "), ("\"gpu_info\": \"", "\"gpu_info\": \"another ") })
        {
            var other = later.Replace(old, now, StringComparison.Ordinal);
            Assert.NotEqual(later, other);
            Assert.DoesNotContain(Rules(Array(first, other)), rule => rule == "order-effect");
        }
        // Arrays and lines one after the other are the invocations of a user who ran the tool again.
        Assert.DoesNotContain(Rules(Array(first) + "\n" + Array(later)), rule => rule == "order-effect");
        Assert.DoesNotContain(Rules(first + "\n" + later), rule => rule == "order-effect");
    }

    [Fact]
    public void SameTestInAnotherTable_AnotherRate_IsNoOrderEffect()
    {
        const string Header = "| model | size | params | backend | ngl | test | t/s |\n|---|---|---|---|---|---|---|\n";
        static string Row(double rate) =>
            FormattableString.Invariant($"| a 7B Q4_0 | 3.56 GiB | 6.74 B | Vulkan | 99 | pp512 | {rate} ± 0.5 |\n");
        Assert.Contains("order-effect", Rules(Header + Row(758.2) + Row(198.1)));
        Assert.Empty(Rules(Header + Row(758.2) + "\nbuild: 1 (1)\n\n" + Header + Row(198.1)));
    }

    [Fact]
    public void RequestsThatSlowDown_AreAnOrderEffect()
    {
        var lines = Enumerable.Range(0, 20).Select(i => string.Create(CultureInfo.InvariantCulture,
            $$"""{"model":"a","done":true,"total_duration":2000000000,"prompt_eval_count":40,"prompt_eval_duration":500000000,"""
            + $"\"eval_count\":100,\"eval_duration\":{1_000_000_000 + i * 40_000_000},\"eval_rate\":1}}"));
        var verbose = Enumerable.Range(0, 20)
            .Select(i =>
                string.Create(CultureInfo.InvariantCulture,
                    $"total duration: 2s\nprompt eval count: 40 token(s)\nprompt eval duration: 500ms\nprompt eval rate: 80 tokens/s\neval "
                    + $"count: 100 token(s)\neval duration: {1000 + i * 40}ms\neval rate: {100 / (1 + i * 0.04):0.##} tokens/s"));
        Assert.Contains(Auditor.AuditText("x", string.Join('\n', verbose), new AuditSettings()).Doubts,
            doubt => doubt.Rule == "order-effect");
        Assert.Empty(Auditor.AuditText("x", string.Join('\n', lines), new AuditSettings()).Doubts);
    }

    [Theory]
    // 3,300 tokens/s over 12.4 MB are 41 GB/s.
    [InlineData(30e9, "llama ?B Q4_0", true)]
    [InlineData(50e9, "llama ?B Q4_0", false)]
    [InlineData(30e9, "qwen3moe 30B.A3B Q8_0", false)]
    public void RateBeyondTheMemory_IsImpossible_OfAMixtureNothingIsSaid(double bandwidth, string model, bool doubted)
    {
        var file = AuditSamples.Changed("llama-bench.json", "llama ?B Q4_0", model, new AuditSettings { MemoryBytesPerSecond = bandwidth });
        Assert.Equal(doubted, file.Doubts.Any(doubt => doubt.Rule == "impossible-rate"));
    }

    [Fact]
    public void LengthsThatTheUserKnows_AreHeldAgainstTheFile() =>
        Assert.Contains(
            AuditSamples.Changed("vllm.json", "\"label\": null", "\"label\": 1", new AuditSettings { PromptTokens = 8192 }).Doubts,
            doubt => doubt.Rule == "truncated-prompt");

    [Fact]
    public void OwnRun_IsJudgedByTheSameRules()
    {
        var root = Directory.CreateTempSubdirectory("memwall-audit-").FullName;
        try
        {
            var run = AnalysisSamples.Run([], "run-1", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
            using (var writer = new RunStore(root).Create(run.Manifest))
            {
                writer.AppendTrial(AnalysisSamples.Server(1, 2048, 1, 4), []);
                writer.AppendTrial(
                    AnalysisSamples.Server(2, 2048, 0.01, 4) with { CachedPromptTokens = 2000 }, []);
                writer.AppendTrial(
                    AnalysisSamples.Server(3, 2048, 0.5, 4) with { CountedPromptTokens = 1026, Outcome = new Truncated(2048, 1026) }, []);
            }
            var file = Auditor.AuditPath(Path.Combine(root, "run-1"), new AuditSettings());
            Assert.Equal(("memwall", 3), (file.Tool, file.Records.Count));
            // A request that the run itself marks as failed gets no doubt, because it does not claim to be a result.
            var doubt = Assert.Single(file.Doubts);
            Assert.Equal("warm-cache", doubt.Rule);
            Assert.Equal([2], doubt.Records);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void EveryRule_NamesAPublicIssue() =>
        Assert.All(Auditor.Rules.Values, lesson => Assert.Matches(@"^[\w.-]+/[\w.-]+#\d+$", lesson.Issue));
}
