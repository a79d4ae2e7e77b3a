using System.Diagnostics;
using System.Text.Json;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Reporting.Json;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;

namespace MemoryWall.Engine.Tests.Audit;

/// <summary>No file ends the program, hangs it or takes minutes.</summary>
public sealed class RobustnessTests
{
    // Parts that a mutation may put in.
    private static readonly string[] s_parts =
    [
        "", "null", "NaN", "-Infinity", "1e999", "1e-310", "-5", "0", "1e300", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud83e",
        "\\udc00", "\ud83e", "\udc00", "|", "±", "\n", "\r", "\0", "\uFEFF", "\u001b[31m", "'", "(", "99999999999999999999", "\"x\"",
        "true", "µs", "- &a *a",
        "\n| a | test | t/s |\n", "msg=\"truncating input prompt\" limit=1 prompt=2 new=3", "eval time = 1 ms / 2 tokens",
    ];

    [Fact]
    public void AuditText_MutatedFiles_NoneThrowsAndAllAreJson()
    {
        string[] samples = [.. AuditSamples.All.Select(AuditSamples.Text).Select(text => text.Length > 1500 ? text[..1500] : text)];
        for (var i = FuzzRange.Inputs.First; i < FuzzRange.Inputs.First + FuzzRange.Inputs.Count; i++)
        {
            var random = new Random(i);
            var text = samples[i % samples.Length];
            for (var mutations = random.Next(1, 4); mutations > 0; mutations--)
            {
                var at = random.Next(text.Length + 1);
                var end = Math.Min(text.Length, at + random.Next(random.Next(2) == 0 ? 3 : 80));
                text = text[..at] + s_parts[random.Next(s_parts.Length)] + text[end..];
            }
            try
            {
                var file = Auditor.AuditText("x", text, new AuditSettings { PromptTokens = i % 7 == 0 ? 512 : null });
                if (i % 10 == 0)
                    Assert.NotEmpty(ReportJson.ToJson(file)!.ToJsonString(FactsJson.Indented));
                Assert.All(file.Doubts, doubt => Assert.NotEmpty(AuditPhrases.FormatDoubt(doubt)));
            }
            catch (Exception error) when (error is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"mutation {i} of {AuditSamples.All[i % samples.Length]}: {error}\n{text}");
            }
        }
    }

    [Theory]
    [InlineData("""[{"model_type":"llama \ud83e","n_prompt":512,"n_gen":0,"avg_ns":6000000000,"avg_ts":85.3}]""")]
    [InlineData("""{"model":"m\udc00","done":true,"total_duration":849287875,"load_duration":185542,"eval_count":11}""")]
    [InlineData("""{"model":"m","\ud83e":"\ud83e\ud83e","done":true,"total_duration":849287875,"load_duration":1,"eval_count":11}""")]
    public void HalfSurrogatePairs_AreReplaced(string text)
    {
        var file = Auditor.AuditText("x", text, new AuditSettings());
        Assert.Single(file.Records);
        Assert.NotEmpty(ReportJson.ToJson(file)!.ToJsonString(FactsJson.Indented));
    }

    [Fact]
    public void SurrogatePairs_AreKept() => Assert.Equal("m🦙",
        Auditor.AuditText("x", """{"model":"m\ud83e\udd99","done":true,"total_duration":8,"load_duration":1,"eval_count":1}""",
            new AuditSettings()).Records[0].Model);

    [Fact]
    public void QuotientsThatOverflow_AreAbsent()
    {
        var file = AuditSamples.Changed("vllm.json", "\"median_tpot_ms\": 14.0", "\"median_tpot_ms\": 1e-310");
        Assert.Null(file.Records[0].GenerationTps);
        using var json = JsonDocument.Parse(ReportJson.ToJson(file)!.ToJsonString(FactsJson.Indented));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("records")[0].GetProperty("generation_tps").ValueKind);
        Assert.Null(AuditSamples.Changed("ollama.txt", "eval rate:            9.54", "eval rate:            +Inf")
            .Records[0].GenerationTps);
        Assert.Null(AuditSamples.Changed("llama-bench.json", "3300.212273", "1e308").Records[1].GenerationTps);
    }

    [Fact]
    public void RatiosOfZero_AreAbsent()
    {
        // 1e-31094 is read as 0.
        var file = Auditor.AuditText("x",
            """[{"model_type":"m","n_prompt":512,"n_gen":0,"avg_ns":6000000000,"avg_ts":1e-31094,"stddev_ts":144.9}]""",
            new AuditSettings());
        Assert.Equal(0, Assert.Single(file.Records).Rate);
        Assert.DoesNotContain(file.Doubts, doubt => doubt.Evidence is WideScatter);
        Assert.NotEmpty(ReportJson.ToJson(file)!.ToJsonString(FactsJson.Indented));
        Assert.Null(JsonValues.Ratio(9, 0));
        Assert.Null(JsonValues.Ratio(0, 0));
    }

    [Theory]
    [InlineData("{\"a\": broken", 300_000)]
    [InlineData("{\"a\":1,", 20_000)]
    [InlineData("[[[", 20_000)]
    [InlineData("{\"avg_ts\": 1e", 20_000)]
    [InlineData("{\"a\":\"\\ud83e", 20_000)]
    public void LinesThatAreNoJson_CostNoException(string line, int lines)
    {
        var thrown = 0;
        var thread = Environment.CurrentManagedThreadId;
        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs args) =>
            thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            var file = Auditor.AuditText("x", string.Concat(Enumerable.Repeat(line + "\n", lines)), new AuditSettings());
            Assert.Empty(file.Records);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }
        // An exception for each line made minutes of seconds.
        Assert.InRange(thrown, 0, 10);
    }

    [Fact]
    public void NamedPipe_IsRefusedWithoutOpeningIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no place in the file system there");
        var folder = Directory.CreateTempSubdirectory("memwall-audit-").FullName;
        try
        {
            var pipe = Path.Combine(folder, "pipe");
            using (var made = Process.Start("mkfifo", [pipe]))
                made.WaitForExit();
            Assert.Contains("'-'", Assert.Throws<IOException>(() => Auditor.AuditPath(pipe, new AuditSettings())).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
