using CsCheck;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;

namespace MemoryWall.Engine.Tests.Audit;

public sealed class ReadersTests
{
    public static TheoryData<string> Samples => new(AuditSamples.All);

    private static AuditedFile Read(string name) => Auditor.AuditText(name, AuditSamples.Text(name), new AuditSettings());

    [Theory]
    [InlineData("llama-bench.json", 14801.742311, 3300.212273, 3)]
    [InlineData("llama-bench.jsonl", 14754.434868, null, 3)]
    [InlineData("llama-bench.csv", 14631.502394, 3296.279708, 0)]
    [InlineData("llama-bench.sql", 14857.348157, 3295.651803, 0)]
    public void AuditText_LlamaBench_GivesItsRows(string name, double prefill, double? generation, int samples)
    {
        var file = Read(name);
        Assert.Equal("llama-bench", file.Tool);
        Assert.Equal(2, file.Records.Count);
        Assert.Equal(prefill, file.Records[0].PrefillTps!.Value, 6);
        Assert.Equal(512, file.Records[0].PromptTokens);
        Assert.Null(file.Records[0].GenerationTps);
        Assert.Equal(16, file.Records[1].OutputTokens);
        if (generation is { } rate)
            Assert.Equal(rate, file.Records[1].GenerationTps!.Value, 6);
        Assert.Equal(samples, file.Records[0].Samples.Count);
        Assert.Equal(12406272, file.Records[0].WeightBytes);
    }

    [Fact]
    public void AuditText_LlamaBenchMarkdown_GivesItsRowsAmongOtherText()
    {
        var file = Auditor.AuditText("issue.txt",
            $"Here is what I get:\n\n{AuditSamples.Text("llama-bench.md")}\n| a | test | t/s |\n|---|---|---|\n| x | pp256+tg16 | 4312.74 "
            + $"± 0.00 |\n| x | other | 1 |\n", new AuditSettings());
        Assert.Equal(("llama-bench", 5), (file.Tool, file.Records.Count));
        Assert.Equal((512.0, 8155.31, 1051.21, 0.0),
            (file.Records[0].PromptTokens, file.Records[0].PrefillTps, file.Records[0].SpreadTps, file.Records[0].DepthTokens));
        Assert.Equal((16.0, 362.85, 2048.0), (file.Records[3].OutputTokens, file.Records[3].GenerationTps, file.Records[3].DepthTokens));
        Assert.Equal(11.83 * 1024 * 1024, file.Records[0].WeightBytes!.Value, 1.0);
        // One repetition has no spread, whatever is printed for it.
        Assert.Equal((4312.74, null), (file.Records[4].TotalTps, file.Records[4].SpreadTps));
    }

    [Fact]
    public void AuditText_LlamaBenchMarkdown_OtherSettingsAreOtherTests()
    {
        var other = AuditSamples.Text("llama-bench.md").Replace("|       2 |", "|       1 |", StringComparison.Ordinal);
        var tests = Auditor.AuditText("x", AuditSamples.Text("llama-bench.md") + other, new AuditSettings())
            .Records.Select(record => record.Test).ToList();
        Assert.Equal((8, 8), (tests.Count, tests.Distinct().Count()));
    }

    [Fact]
    public void AuditText_Vllm_GivesTheBenchmarkAndItsRequests()
    {
        var file = Read("vllm.json");
        Assert.Equal(("vllm", 5), (file.Tool, file.Records.Count));
        Assert.Equal((RecordKind.Aggregate, 1024.0, 64.0, 0.21),
            (file.Records[0].Kind, file.Records[0].PromptTokens, file.Records[0].OutputTps, file.Records[0].TtftSeconds));
        Assert.Equal((RecordKind.Request, 128.0, 0.208, true),
            (file.Records[3].Kind, file.Records[3].OutputTokens, file.Records[3].TtftSeconds, file.Records[3].Succeeded));
    }

    [Fact]
    public void AuditText_GuideLlm_GivesTheBenchmarkAndItsRequests()
    {
        var file = Read("guidellm.json");
        Assert.Equal(("guidellm", 4), (file.Tool, file.Records.Count));
        Assert.Equal((512.0, 513.0, "concurrent 1"),
            (file.Records[0].PromptTokensAsked, file.Records[0].PromptTokens, file.Records[0].Test));
        Assert.Equal((513.0, 0.109, 1.93), (file.Records[2].PromptTokens, file.Records[2].TtftSeconds, file.Records[2].DurationSeconds));
    }

    [Fact]
    public void AuditText_AiPerf_GivesTheBenchmarkOrItsRequestsWithoutWarmUps()
    {
        var whole = Assert.Single(Read("aiperf.json").Records);
        Assert.Equal((576.0, 580.7, 2.0, "small-model"), (whole.PromptTokensAsked, whole.PromptTokens, whole.Concurrency, whole.Model));
        Assert.Equal(0.1046, whole.TtftSeconds!.Value, 9);
        var requests = Read("aiperf.jsonl").Records;
        Assert.Equal([60, 61], requests.Select(record => record.OutputTokens!.Value));
        Assert.Equal(0.2559, requests[0].TtftSeconds!.Value, 9);
    }

    [Fact]
    public void AuditText_Ollama_GivesEveryBlockAmongOtherText()
    {
        var file = Read("ollama.txt");
        Assert.Equal(("ollama", 2), (file.Tool, file.Records.Count));
        Assert.Equal((421.0, 312.77, 160.0, 9.54),
            (file.Records[0].PromptTokens, file.Records[0].PrefillTps, file.Records[0].OutputTokens, file.Records[0].GenerationTps));
        Assert.Equal(71.5, file.Records[1].DurationSeconds!.Value, 9);
    }

    [Fact]
    public void AuditText_OllamaFrames_AreReadToo()
    {
        var file = Auditor.AuditText("frames",
            """{"model":"a","response":"x","done":false}""" + "\n"
                + """{"model":"a","done":true,"total_duration":2000000000,"prompt_eval_count":40,"prompt_eval_duration":500000000,"""
                + "\"eval_count\":30,\"eval_duration\":1000000000}", new AuditSettings());
        Assert.Equal((40.0, 0.5, 30.0, 1.0),
            (file.Records[0].PromptTokens, file.Records[0].PrefillSeconds, file.Records[0].OutputTokens,
                file.Records[0].GenerationSeconds));
    }

    [Fact]
    public void AuditText_NumbersThatJsonDoesNotHave_AreAbsentAndNamed()
    {
        var file = AuditSamples.Changed("vllm.json", "\"output_throughput\": 64.0", "\"output_throughput\": Infinity, \"x\": NaN");
        Assert.Contains(file.Notes, note => note.Contains("Infinity", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("hello")]
    [InlineData("| test | t/s |\n| pp512 | fast |")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1,2,null]")]
    [InlineData("{\"benchmarks\":[{}]}")]
    [InlineData("build_commit")]
    [InlineData("INSERT INTO x (avg_ts VALUES")]
    public void AuditText_SomethingElse_IsANoteAndNoRecord(string text)
    {
        var file = Auditor.AuditText("x", text, new AuditSettings());
        Assert.Empty(file.Records);
        Assert.NotEmpty(file.Notes);
    }

    [Fact]
    public void Read_TooLargeOrMissing_SaysSo()
    {
        var path = Path.Combine(Path.GetTempPath(), $"memwall-audit-{Environment.ProcessId}");
        Assert.Throws<FileNotFoundException>(() => Auditor.AuditPath(path, new AuditSettings()));
        try
        {
            using (var file = File.Create(path))
                file.SetLength(ResultText.MaxBytes + 1);
            Assert.Contains("without a run",
                Assert.Throws<IOException>(() => Auditor.AuditPath(Path.GetTempPath(), new AuditSettings())).Message,
                StringComparison.Ordinal);
            Assert.Contains("that are read", Assert.Throws<IOException>(() => Auditor.AuditPath(path, new AuditSettings())).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Two columns of one name: without its ending "_mean" one is called like the other.
    [Fact]
    public void AuditText_TwoColumnsOfOneName_ReadsTheRow()
    {
        var text = AuditSamples.Text("llama-benchy.csv");
        Assert.Single(Auditor.AuditText("x", text.Remove(107, 8), new AuditSettings()).Records.Take(1));
    }

    // Truncated or damaged files give notes and no exceptions.
    [Theory]
    [MemberData(nameof(Samples))]
    public void AuditText_DamagedFile_NeverThrows(string name)
    {
        var text = AuditSamples.Text(name);
        Gen.Select(Gen.Int[0, text.Length], Gen.Int[0, 40],
            Gen.OneOf(Gen.Const(""), Gen.String[0, 8], Gen.Const("null"), Gen.Const("1e999"), Gen.Const("-5"), Gen.Const("{"),
                Gen.Const("]"), Gen.Const("\"x\""))).Sample((at, length, garbage) =>
        {
            var damaged = text[..at] + garbage + text[Math.Min(text.Length, at + length)..];
            Assert.NotNull(Auditor.AuditText(name, damaged, new AuditSettings()).Records);
        }, iter: LongTests.Draws(300));
    }

    [Fact]
    public void AuditText_AnyText_NeverThrows() => Gen.String.Sample(text => Auditor.AuditText("x", text, new AuditSettings()) is not null);

    // Values of a wrong type give no exceptions.
    [Theory]
    [InlineData("vllm.json")]
    [InlineData("guidellm.json")]
    [InlineData("aiperf.json")]
    [InlineData("llama-bench.json")]
    public void AuditText_NumbersTurnedIntoOtherKinds_NeverThrows(string name)
    {
        var numbers = System.Text.RegularExpressions.Regex.Matches(AuditSamples.Text(name), @"(?<=: )[\d.]+");
        Gen.Select(Gen.Int[0, numbers.Count - 1],
            Gen.OneOf(Gen.Const("\"text\""), Gen.Const("[]"), Gen.Const("{}"), Gen.Const("true"), Gen.Const("-1"), Gen.Const("0"),
                Gen.Const("1e300"))).Sample((which, now) =>
        {
            var text = AuditSamples.Text(name);
            var number = numbers[which];
            Assert.NotNull(
                Auditor.AuditText(name, text[..number.Index] + now + text[(number.Index + number.Length)..], new AuditSettings()).Doubts);
        }, iter: LongTests.Draws(300));
    }
}
