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
    public void SameTestAtAnotherPlace_AnotherRate_IsAnOrderEffect()
    {
        var first = AuditSamples.Text("llama-bench.jsonl").TrimEnd();
        var later = first.Replace("14754.434868", "11754.434868", StringComparison.Ordinal)
            .Replace("34705549", "43558026", StringComparison.Ordinal)
            .Replace("[ 14828.6, 14531.9, 14902.8 ]", "[ 11800.0, 11700.0, 11763.0 ]", StringComparison.Ordinal);
        Assert.DoesNotContain(Auditor.AuditText("x", first + "\n" + first, new AuditSettings()).Doubts,
            doubt => doubt.Rule == "order-effect");
        var doubt = Assert.Single(Auditor.AuditText("x", first + "\n" + later, new AuditSettings()).Doubts,
            doubt => doubt.Rule == "order-effect");
        Assert.Equal([3, 1], doubt.Records);
        // A different batch size is a different test.
        var other = later.Replace("\"n_ubatch\": 512", "\"n_ubatch\": 64", StringComparison.Ordinal);
        Assert.DoesNotContain(Auditor.AuditText("x", first + "\n" + other, new AuditSettings()).Doubts,
            doubt => doubt.Rule == "order-effect");
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
