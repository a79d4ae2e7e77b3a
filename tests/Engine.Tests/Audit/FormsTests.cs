using System.Text;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;

namespace MemoryWall.Engine.Tests.Audit;

/// <summary>The forms in which people have results: every tool's files and console output, cut, pasted and in the encodings of
/// shells.</summary>
public sealed class FormsTests
{
    private static AuditedFile Read(string name) => Audit(AuditSamples.Text(name));

    private static AuditedFile Audit(string text) => Auditor.AuditText("x", text, new AuditSettings());

    private static object Values(AuditRecord record) =>
        (record.Model, record.Test, record.Invocation, record.PrefillTps, record.GenerationTps, record.SpreadTps);

    [Theory]
    [InlineData("llama-bench-paste.txt", "llama-bench", 6)]
    [InlineData("llama-benchy.md", "llama-benchy", 4)]
    [InlineData("llama-benchy.csv", "llama-benchy", 2)]
    [InlineData("llama-benchy.json", "llama-benchy", 4)]
    [InlineData("ollama-bench.csv", "ollama-bench", 2)]
    [InlineData("ollama-bench.txt", "ollama-bench", 1)]
    [InlineData("ollama-bench.md", "ollama-bench", 1)]
    [InlineData("ollama-frames.jsonl", "ollama", 1)]
    [InlineData("ollama.log", "ollama", 0)]
    [InlineData("llama-server.log", "llama.cpp", 1)]
    [InlineData("llama-server.json", "llama-server", 1)]
    [InlineData("llama-server.sse", "llama-server", 1)]
    [InlineData("vllm-trimmed.json", "vllm", 1)]
    [InlineData("vllm-latency.json", "vllm", 1)]
    [InlineData("vllm-throughput.json", "vllm", 1)]
    [InlineData("vllm-serve.txt", "vllm", 1)]
    [InlineData("vllm-trimmed.txt", "vllm", 1)]
    [InlineData("vllm-throughput.txt", "vllm", 2)]
    [InlineData("sglang.txt", "sglang", 1)]
    [InlineData("sglang.jsonl", "sglang", 2)]
    [InlineData("guidellm.yaml", "guidellm", 1)]
    [InlineData("guidellm.csv", "guidellm", 2)]
    [InlineData("guidellm-old.csv", "guidellm", 1)]
    [InlineData("aiperf.csv", "aiperf", 1)]
    [InlineData("aidaptiv-requests.csv", "aidaptiv-bench", 4)]
    [InlineData("aidaptiv-results.json", "aidaptiv-bench", 3)]
    [InlineData("aidaptiv-metrics.csv", "aidaptiv-bench", 0)]
    [InlineData("llama-bench-depths.md", "llama-bench", 7)]
    [InlineData("llama-server-old.log", "llama.cpp", 2)]
    [InlineData("ollama-debug.log", "ollama", 0)]
    [InlineData("vllm-rate.json", "vllm", 1)]
    [InlineData("vllm-latency-batch.json", "vllm", 1)]
    [InlineData("aiperf-telemetry.csv", "aiperf", 1)]
    [InlineData("guidellm-block.yaml", "guidellm", 1)]
    [InlineData("guidellm-wide.csv", "guidellm", 2)]
    [InlineData("aidaptiv-requests-users.csv", "aidaptiv-bench", 6)]
    [InlineData("aidaptiv-results-failed.json", "aidaptiv-bench", 3)]
    public void Form_IsReadAsItsTool(string name, string tool, int records)
    {
        var file = Read(name);
        Assert.Equal((tool, records), (file.Tool, file.Records.Count));
        Assert.Equal(Enumerable.Range(1, records), file.Records.Select(record => record.Number));
    }

    // The names of columns and fields are those of the tools' writers, so that each value is read and not only the file recognised.
    [Fact]
    public void SecondFiles_EachForm_HasItsValues()
    {
        var bench = Read("llama-bench-depths.md").Records;
        Assert.Equal((3012.44, 9.81), (bench[0].PrefillTps, bench[0].SpreadTps));
        Assert.Equal((32768.0, 66.52), (bench[5].DepthTokens, bench[5].GenerationTps));
        Assert.Equal((null, null), (bench[6].PrefillTps, bench[6].GenerationTps));
        var log = Read("llama-server-old.log").Records[1];
        Assert.Equal((1400.0, 0.0, 0.712, 95.24), (log.PromptTokens, log.CachedTokens, log.PrefillSeconds, log.GenerationTps));
        var rate = Read("vllm-rate.json").Records[0];
        Assert.Equal((300.0, 0.0, 0.1712, 960.0, 80.0),
            (rate.Requests, rate.Failed, rate.TtftSeconds!.Value, rate.OutputTps, rate.DurationSeconds));
        Assert.Equal(4, Read("vllm-latency-batch.json").Records[0].Samples.Count);
        var aiperf = Read("aiperf-telemetry.csv").Records[0];
        Assert.Equal((1024.0, 200.0, 0.199, 0.0125, 80.0),
            (aiperf.PromptTokens, aiperf.OutputTokens, aiperf.TtftSeconds, aiperf.TpotSeconds, aiperf.Requests));
        Assert.Equal((54.0, 296.3, 1813.33), (aiperf.DurationSeconds, aiperf.OutputTps, aiperf.TotalTps));
        foreach (var guide in new[] { Read("guidellm-block.yaml").Records[0], Read("guidellm-wide.csv").Records[0] })
        {
            Assert.Equal((1025.0, 256.0, 0.018, 53.3), (guide.PromptTokens, guide.OutputTokens, guide.TpotSeconds, guide.OutputTps));
            Assert.Equal((0.2091, 57.6, 13.0, 0.0, 1.0),
                (guide.TtftSeconds!.Value, guide.DurationSeconds, guide.Requests, guide.Failed, guide.Concurrency));
        }
        Assert.All(Read("aidaptiv-requests-users.csv").Records, request => Assert.Null(request.Concurrency));
        var failed = Read("aidaptiv-results-failed.json").Records[2];
        Assert.Equal((false, null, null), (failed.Succeeded, failed.TtftSeconds, failed.DurationSeconds));
    }

    // A benchmark of which requests failed has columns that the headings of the first do not name.
    [Fact]
    public void GuideLlm_RowWithOtherColumns_IsReadAsFarAsItIsKnown()
    {
        var text = AuditSamples.Text("guidellm-wide.csv")
            .Replace("480,64,0,544,7.4,7.3", "400,64,80,544,7.4,7.3,9.9,9.8", StringComparison.Ordinal);
        var file = Audit(text);
        Assert.Equal(2, file.Records.Count);
        Assert.Equal((53.3, 0.0), (file.Records[0].OutputTps, file.Records[0].Failed));
        var other = file.Records[1];
        Assert.Equal(("throughput", 544.0, 80.0, 60.0, null, null),
            (other.Test, other.Requests, other.Failed, other.DurationSeconds, other.OutputTps, other.TtftSeconds));
        Assert.StartsWith("1 of 2 rows have other columns", Assert.Single(file.Notes), StringComparison.Ordinal);
        Assert.Equal("mean-of-failures", Assert.Single(file.Doubts).Rule);
    }

    [Fact]
    public void LlamaBench_Paste_EachTableIsAnInvocation()
    {
        var records = Read("llama-bench-paste.txt").Records;
        Assert.Equal([1, 1, 2, 2, 3, 3], records.Select(record => record.Invocation));
        Assert.Equal((512.0, 311.42, 1.2), (records[0].PromptTokens, records[0].PrefillTps, records[0].SpreadTps));
        Assert.Equal((4096.0, 702.18), (records[2].DepthTokens, records[2].PrefillTps));
        Assert.Equal(9.91, records[5].GenerationTps);
    }

    public static TheoryData<string> Encodings => ["utf-16LE", "utf-16BE", "utf-8", "latin1", "utf-16LE without a mark", "both kinds"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void LlamaBench_InTheEncodingsOfShells_IsTheSame(string encoding)
    {
        var text = AuditSamples.Text("llama-bench-paste.txt").Replace("\n", "\r\n", StringComparison.Ordinal);
        byte[] bytes = encoding switch
        {
            "utf-16LE" => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
            "utf-16BE" => [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)],
            "utf-16LE without a mark" => Encoding.Unicode.GetBytes(text),
            "utf-8" => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)],
            "latin1" => Encoding.Latin1.GetBytes(text),
            // A shell appends UTF-16 to what a program wrote as UTF-8.
            _ => [.. Encoding.UTF8.GetBytes(new string(' ', 5000) + "\n"), .. Encoding.Unicode.GetBytes(text.Replace('±', '?'))],
        };
        var file = Auditor.AuditStream("x", new MemoryStream(bytes), new AuditSettings());
        Assert.Equal(Read("llama-bench-paste.txt").Records.Select(Values), file.Records.Select(Values));
    }

    [Theory]
    [InlineData("Â±")]
    [InlineData("┬▒")]
    [InlineData("+/-")]
    [InlineData("\u001b[32m±\u001b[0m")]
    [InlineData("?")]
    public void LlamaBench_SignOfTheSpreadInAnotherCodePage_IsRead(string sign)
    {
        var record = Audit(AuditSamples.Text("llama-bench-paste.txt").Replace("±", sign, StringComparison.Ordinal)).Records[0];
        Assert.Equal((311.42, 1.2), (record.PrefillTps, record.SpreadTps));
    }

    [Fact]
    public void LlamaBench_RowsWithoutTheirHeader_AreRead()
    {
        var file = Audit("my result:\n| small 4B Q4_0 | 2.31 GiB | 3.97 B | CPU | 8 | pp512 | 31.42 ± 0.20 |\n"
            + "> | small 4B Q4_0 | 2.31 GiB | 3.97 B | CPU | 8 | **tg128** | `9.14 ± 0.01` |");
        Assert.Equal((31.42, 9.14), (file.Records[0].PrefillTps, file.Records[1].GenerationTps));
    }

    [Theory]
    [InlineData("null", "")]
    [InlineData("NA", "\"")]
    [InlineData("NULL", "\"")]
    [InlineData("NaN", "")]
    public void LlamaBench_RowWithoutARate_IsAFailedRecord(string value, string quote)
    {
        var file = AuditSamples.Changed("llama-bench.json", "\"avg_ts\": 3300.212273", $"\"avg_ts\": {quote}{value}{quote}");
        Assert.Equal([null, false], file.Records.Select(record => record.Succeeded));
        Assert.Null(file.Records[1].GenerationTps);
        Assert.NotNull(file.Records[1].Error);
        Assert.Empty(file.Doubts);
    }

    [Fact]
    public void LlamaBench_FailedRowsOfOtherForms_AreFailedRecords()
    {
        var table = Audit(AuditSamples.Text("llama-bench-paste.txt").Replace("29.14 ± 0.08", "OOM", StringComparison.Ordinal));
        Assert.Equal((6, false), (table.Records.Count, table.Records[1].Succeeded));
        var csv = AuditSamples.Changed("llama-bench.csv", "\"3296.279708\"", "\"NULL\"");
        Assert.Equal((2, false), (csv.Records.Count, csv.Records[1].Succeeded));
        var sql = AuditSamples.Changed("llama-bench.sql", "'3295.651803'", "NULL");
        Assert.Equal((2, false), (sql.Records.Count, sql.Records[1].Succeeded));
    }

    [Theory]
    [InlineData("| model | size | params | test | t/s |\n|---|---|---|---|---|\nmain: error: failed to load model 'a.gguf'\n")]
    [InlineData("$ llama-bench -m a.gguf -o json\n[\nggml_cuda_init: found 1 CUDA devices:\nCUDA error: out of memory\n"
        + "  current device: 0\n")]
    [InlineData("[\nggml_vulkan: Found 1 Vulkan devices:\nggml_vulkan: Device memory allocation failed\n"
        + "terminate called after throwing an instance of 'vk::OutOfDeviceMemoryError'\nAborted (core dumped)\n")]
    public void LlamaBench_DiedBeforeARow_IsOneFailedRecord(string text)
    {
        var file = Audit(text);
        Assert.Equal(("llama-bench", 1), (file.Tool, file.Records.Count));
        Assert.Equal(false, file.Records[0].Succeeded);
        Assert.NotEmpty(file.Records[0].Error!);
    }

    [Fact]
    public void LlamaBench_DiedBetweenRows_KeepsThemAndTheFailure()
    {
        var file = Audit(AuditSamples.Text("llama-bench-paste.txt").Replace("^C", "main: error: failed to load model 'b.gguf'",
            StringComparison.Ordinal));
        Assert.Equal((7, 1), (file.Records.Count, file.Records.Count(record => record.Succeeded == false)));
        Assert.Equal("main: error: failed to load model 'b.gguf'", file.Records[6].Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ggml_cuda_init: found 1 CUDA devices:\n  Device 0: some GPU [x]\n")]
    public void Json_CutOffByACrash_KeepsTheWholeRows(string before)
    {
        var text = AuditSamples.Text("llama-bench.json");
        var second = text.IndexOf("\"n_gen\": 16", StringComparison.Ordinal);
        Assert.True(second > 0);
        foreach (var end in new[] { second, second + 3, text.LastIndexOf('}') })
        {
            var file = Audit(before + text[..end]);
            Assert.Equal(("llama-bench", 1), (file.Tool, file.Records.Count));
            Assert.Contains(file.Notes, note => note.Contains("ends in the middle of a row", StringComparison.Ordinal));
        }
        Assert.Equal(2, Audit(before + text).Records.Count);
        // What the program says when it dies stands where the next row would.
        var died = Audit(before + text[..second] + "\nCUDA error: out of memory\n");
        Assert.Equal((2, false), (died.Records.Count, died.Records[1].Succeeded));
    }

    [Fact]
    public void Json_OfGuideLlm_CutOff_KeepsTheWholeBenchmarks()
    {
        var text = AuditSamples.Text("guidellm.json");
        var benchmark = text[text.IndexOf('{', text.IndexOf("\"benchmarks\"", StringComparison.Ordinal))..text.LastIndexOf(']')];
        var file = Audit("{\"metadata\": {}, \"benchmarks\": [" + benchmark + "," + benchmark[..^200]);
        Assert.Equal(("guidellm", 4), (file.Tool, file.Records.Count));
    }

    [Fact]
    public void LlamaBenchy_MeanOverTheWholePrompt_UnlessTheCacheHoldsTheContext()
    {
        var table = Read("llama-benchy.md").Records;
        Assert.Equal((18432.0, null, 3610.5, 5.1589), (table[2].PromptTokensAsked, table[2].DepthTokens, table[2].PrefillTps,
            table[2].TtftSeconds));
        var report = Read("llama-benchy.json").Records;
        Assert.Equal((2048.0, 4096.0, true), (report[2].PromptTokensAsked, report[2].DepthTokens, report[2].CacheOnPurpose));
        Assert.Equal("ctx_pp @ d4096", report[0].Test);
        Assert.Equal([3480.0, 3520.0], report[2].Samples);
    }

    [Fact]
    public void OllamaBench_ItsThreeForms_GiveTheSameAnswer()
    {
        var (csv, text) = (Read("ollama-bench.csv").Records[0], Read("ollama-bench.txt").Records[0]);
        var table = Read("ollama-bench.md").Records[0];
        Assert.Equal((512.0, 1.28, 400.0, 200.0, 8.0, 25.0), (csv.PromptTokens, csv.PrefillSeconds, csv.PrefillTps, csv.OutputTokens,
            csv.GenerationSeconds, csv.GenerationTps));
        Assert.Equal((0.18, 9.48, 1.34), (csv.LoadSeconds, csv.DurationSeconds, csv.TtftSeconds));
        Assert.Equal((csv.PromptTokens, csv.PrefillSeconds, csv.DurationSeconds),
            (table.PromptTokens, table.PrefillSeconds, table.DurationSeconds));
        // The newer form gives the time of a token, and 1 in place of the tokens.
        Assert.Equal((null, null, 400.0, 25.0, 1.34), (text.PromptTokens, text.PrefillSeconds, text.PrefillTps, text.GenerationTps,
            text.TtftSeconds));
        var old = Audit("BenchmarkModel/name=a:1b/step=prefill 128 78125.00 ns/token 12800.00 token/sec\n"
            + "BenchmarkModel/name=a:1b/step=load 1 1500000000 ns/request\nBenchmarkModel/name=a:1b 1 2000000000 ns/request\n").Records[0];
        Assert.Equal((128.0, 0.01, 1.5, 2.0), (old.PromptTokens, old.PrefillSeconds, old.LoadSeconds, old.DurationSeconds));
    }

    [Fact]
    public void Ollama_ToldCache_IsRead()
    {
        var file = Audit("total duration:       17s\nload duration:        100ms\nprompt eval count:    21 token(s)\n"
            + "prompt eval cached:   16 token(s)\nprompt eval duration: 56ms\nprompt eval rate:     88.57 tokens/s\n"
            + "eval count:           971 token(s)\neval duration:        16.7s\neval rate:            58.1 tokens/s\n");
        Assert.Equal((21.0, 16.0, 0.1), (file.Records[0].PromptTokens, file.Records[0].CachedTokens, file.Records[0].LoadSeconds));
    }

    [Fact]
    public void LlamaServer_Timings_TokensInTheCacheAfterwardsAreNoHit()
    {
        var whole = Read("llama-server.json").Records[0];
        Assert.Equal((1024.0, 0.0, 500.0, 25.0), (whole.PromptTokens, whole.CachedTokens, whole.PrefillTps, whole.GenerationTps));
        // Of a stream with timings in each chunk the last ones count.
        var stream = Read("llama-server.sse").Records[0];
        Assert.Equal((32.0, 25.0, true), (stream.OutputTokens, stream.GenerationTps, stream.IsSpeculative));
        // Older versions do not report the cache: what was processed may be a part of the prompt.
        var old = AuditSamples.Changed("llama-server.json", "\"cache_n\":0,", "").Records[0];
        Assert.Equal((1024.0, null), (old.PromptTokens, old.CachedTokens));
        var part = AuditSamples.Changed("llama-server.json", "\"tokens_evaluated\":1024,\"truncated\":false,", "\"truncated\":false,");
        Assert.Equal(1024.0, part.Records[0].PromptTokens);
        part = Audit("""{"timings":{"prompt_n":16,"prompt_ms":32.0,"predicted_n":64,"predicted_ms":2560.0}}""");
        Assert.Equal((null, null, null), (part.Records[0].PromptTokens, part.Records[0].CachedTokens, part.Records[0].Concurrency));
    }

    [Fact]
    public void Logs_GiveAnswersAndEvidence()
    {
        var server = Read("llama-server.log");
        Assert.Equal((1024.0, 0.0, 2.048, 64.0, 25.0), (server.Records[0].PromptTokens, server.Records[0].CachedTokens,
            server.Records[0].PrefillSeconds, server.Records[0].OutputTokens, server.Records[0].GenerationTps));
        Assert.Equal(2, server.LogLines.Count);
        Assert.Equal(3, Read("ollama.log").LogLines.Count);
        var cut = Audit("slot update_slots: id  0 | task 0 | input truncated, n_ctx = 4096, n_keep = 0, n_left = 4096, "
            + "n_prompt_tokens = 3217\n"
            + "slot print_timing: id  0 | task 0 | \n"
            + "prompt eval time =    1000.00 ms /  3217 tokens (    0.31 ms per token,  3217.00 tokens per second)\n"
            + "       eval time =    1000.00 ms /    10 runs   (  100.00 ms per token,    10.00 tokens per second)\n");
        Assert.Equal((2, true), (cut.Records.Count, cut.Records[0].Truncated));
        Assert.Equal("truncated-prompt", Assert.Single(cut.Doubts).Rule);
    }

    [Fact]
    public void DocumentThatTellsOfMemory_IsNoLog() =>
        Assert.Null(Audit("# Notes\n- Prevents OOM (out of memory) crashes.\nThe KV cache grows with the context; it fits in RAM.\n").Tool);

    [Fact]
    public void Vllm_BlockAndJson_GiveTheSame()
    {
        var block = Read("vllm-serve.txt").Records[0];
        Assert.Equal((512.0, 128.0, 636.82, 720.0), (block.PromptTokens, block.OutputTokens, block.OutputTps, block.PeakOutputTps));
        Assert.Equal(0.1334, block.TtftSeconds!.Value, 9);
        Assert.Equal((100.0, 0.0, 8.0), (block.Requests, block.Failed, block.Concurrency));
        // Two results in one paste are two records, also without their headings.
        Assert.Equal(2, Audit(AuditSamples.Text("vllm-serve.txt") + AuditSamples.Text("vllm-serve.txt")).Records.Count);
        Assert.Equal(2, Audit(AuditSamples.Text("vllm-trimmed.txt") + AuditSamples.Text("vllm-trimmed.txt")).Records.Count);
        var trimmed = Read("vllm-trimmed.json").Records[0];
        Assert.Equal((null, 0.11025, 50.0), (trimmed.Succeeded, trimmed.TtftSeconds, trimmed.GenerationTps));
    }

    [Fact]
    public void Sglang_LengthsOfOtherData_AreNotRequested() =>
        Assert.All(Read("sglang.jsonl").Records, record => Assert.Null(record.PromptTokensAsked));

    [Fact]
    public void GuideLlm_YamlAndCsv_GiveTheValuesOfJson()
    {
        var (yaml, json) = (Read("guidellm.yaml").Records[0], Read("guidellm.json").Records[0]);
        Assert.Equal((json.PromptTokensAsked, json.PromptTokens, json.TtftSeconds, json.GenerationTps, json.Test),
            (yaml.PromptTokensAsked, yaml.PromptTokens, yaml.TtftSeconds, yaml.GenerationTps, yaml.Test));
        foreach (var name in new[] { "guidellm.csv", "guidellm-old.csv" })
        {
            var csv = Read(name).Records[0];
            Assert.Equal((json.PromptTokens, json.TtftSeconds, json.GenerationTps, json.OutputTps, "synchronous"),
                (csv.PromptTokens, csv.TtftSeconds, csv.GenerationTps, csv.OutputTps, csv.Test));
        }
    }

    [Theory]
    [InlineData("benchmarks: &a [*a, *a]")]
    [InlineData("benchmarks: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("benchmarks:\n\t- a")]
    [InlineData("benchmarks: {a: {? b : c}}")]
    public void Yaml_AnchorsAndDamage_AreNotRead(string text) => Assert.Null(Audit(text).Tool);

    [Fact]
    public void AiPerf_Csv_GivesItsValues()
    {
        var record = Read("aiperf.csv").Records[0];
        Assert.Equal((550.0, 100.0, 0.119, 50.0, 21.0, 10.0), (record.PromptTokens, record.OutputTokens, record.TtftSeconds,
            record.GenerationTps, record.DurationSeconds, record.Requests));
    }

    [Fact]
    public void AidaptivBench_ItsFiles_GiveContextsFailuresAndMemory()
    {
        var requests = Read("aidaptiv-requests.csv").Records;
        Assert.Equal((16384.0, 34.0, 16.0), (requests[2].PromptTokensAsked, requests[2].TtftSeconds, requests[2].GenerationTps));
        Assert.Equal((false, "timed out"), (requests[3].Succeeded, requests[3].Error));
        Assert.Equal((4096.0, 8.1), (Read("aidaptiv-results.json").Records[1].PromptTokensAsked,
            Read("aidaptiv-results.json").Records[1].TtftSeconds));
        Assert.Contains("most RAM in use: 11.25 GB", Read("aidaptiv-metrics.csv").LogLines);
    }

    [Fact]
    public void Log_BesideResults_IsEvidenceAgainstThem()
    {
        var file = Audit(AuditSamples.Text("ollama.txt")
            + "\ntime=2026-01-19T16:06:10.104-08:00 level=WARN source=runner.go:153 msg=\"truncating input prompt\" limit=4096 prompt=5212 "
            + "keep=5 new=4096\n");
        Assert.Equal(3, file.Records.Count);
        Assert.Equal("truncated-prompt", Assert.Single(file.Doubts).Rule);
    }
}
