using CsCheck;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>Random answers always give an outcome: no exception, no hang, no unlimited memory.</summary>
public class TargetFuzzTests
{
    private static readonly string[] s_scraps =
    [
        "{", "}", "[", "]", "\"", ":", ",", "\n", "\n\n", "\r\n", "data: ", "data:", "error: ", "event: x\n", ": ping\n", "[DONE]", "null",
        "true", "-1", "0", "1e999", "99999999999999999999",
        "\"done\":true", "\"done\":false", "\"response\":\"x\"", "\"error\":", "\"error\":null", "\"error\":\"out of memory\"",
        "\"memory_wall\":{}", "\"memory_wall\":{\"elapsed_ns\":[1,\"x\",null]}",
        "\"memory_wall\":{\"prompt_progress\":{\"done\":-5}}", "\"eval_count\":-3", "\"prompt_eval_count\":4294967296",
        "\"eval_duration\":1.5", "\"choices\":[]", "\"choices\":[{\"text\":\"x\",\"finish_reason\":\"stop\"}]",
        "\"choices\":[null]", "\"choices\":7", "\"usage\":{\"prompt_tokens\":\"x\"}", "\"content\":\"x\"", "\"tokens\":[0]",
        "\"stop\":true", "\"timings\":[]", "\"prompt_progress\":3", "\\ud800", "\"\\ud800\":1", "\"\\ud800\"", "\"\\u0064one\":true",
        "\u0000", "\u001b[2J", "é漢😀",
        "{\"response\":\"x\",\"done\":false}\n", "{\"done\":true,\"eval_count\":2}\n", "data: {\"content\":\"x\",\"stop\":false}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n",
    ];

    private static readonly Gen<byte[]> s_body = Gen.OneOf(
        Gen.Int[0, s_scraps.Length - 1].Select(index => s_scraps[index]).Array[0, 40].Select(
            scraps => System.Text.Encoding.UTF8.GetBytes(string.Concat(scraps))),
        Gen.Byte.Array[0, 200]);

    public static TheoryData<Speaks> All => [.. Enum.GetValues<Speaks>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Infer_NoiseInTheStream_IsAlwaysAnOutcome(Speaks speaks) =>
        Gen.Select(s_body, Gen.Int[0, 3], Gen.Int[0, 20]).Sample((body, end, tear) =>
        {
            var script = Answer(speaks, () =>
            {
                var reply = Reply.Stream(
                    speaks is Speaks.OpenAi or Speaks.OpenAiChat or Speaks.LlamaServer ? "text/event-stream" : "application/x-ndjson")
                    .Torn(tear);
                if (body.Length > 0)
                    reply.Bytes(body);
                return end switch { 0 => reply.Close(), 1 => reply.Reset(), _ => reply.End() };
            });
            using var limit = new CancellationTokenSource(TestedProgram.Patience);
            var scripted = Scripted.Start(speaks, script);
            var report = scripted.InferAsync(cancellation: limit.Token).GetAwaiter().GetResult();
            scripted.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Assert.IsNotType<Cancelled>(report.Outcome);
            Assert.DoesNotContain(report.Outcome.Detail, char.IsControl);
            Assert.True(report.OutputTokens is null or >= 0);
            Assert.True(report.CountedPromptTokens is null or >= 0);
        }, iter: LongTests.Draws(60), threads: 1);

    [Theory]
    [MemberData(nameof(All))]
    public void Everything_NoiseInEveryAnswer_IsAlwaysAnOutcome(Speaks speaks) =>
        Gen.Select(s_body, Gen.Int[0, 5].Select(index => new[] { 200, 204, 301, 400, 404, 500 }[index])).Sample((body, status) =>
        {
            var scripted = Scripted.Start(speaks, _ => Reply.Nothing()
                .Raw($"HTTP/1.1 {status} X\r\nContent-Length: {(status == 204 ? 0 : body.Length)}\r\nConnection: close\r\n\r\n")
                .Bytes(status == 204 ? [] : body));
            using var limit = new CancellationTokenSource(TestedProgram.Patience);
            var probe = scripted.Target.ProbeAsync(limit.Token).GetAwaiter().GetResult();
            Assert.True(probe.Facts is not null || probe.Problem is not null);
            _ = scripted.Target.GetVocabularyAsync(limit.Token).GetAwaiter().GetResult();
            _ = scripted.Target.CountTokensAsync("one two", limit.Token).GetAwaiter().GetResult();
            _ = scripted.Target.LoadAsync(100, limit.Token).GetAwaiter().GetResult();
            _ = scripted.Target.InferAsync(Scripted.Request(), null, limit.Token).GetAwaiter().GetResult();
            scripted.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Assert.False(limit.IsCancellationRequested);
        }, iter: LongTests.Draws(40), threads: 1);

    [Theory]
    [MemberData(nameof(All))]
    public async Task Probe_EndlessAnswer_IsCut(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, _ => Reply.Stream().Forever(new string('x', 60_000)));
        Assert.IsType<ProtocolViolation>((await scripted.Target.ProbeAsync(CancellationToken.None)).Problem);
    }

    // Only the inference gets a random answer, so that each case reaches it.
    internal static Func<ScriptedRequest, Reply> Answer(Speaks speaks, Func<Reply> noise)
    {
        var behaviour = new Behaviour();
        Func<ScriptedRequest, Reply> truth = speaks switch
        {
            Speaks.LlamaServer => new LlamaServerScript(behaviour).Answer,
            Speaks.OpenAi or Speaks.OpenAiChat => new OpenAiScript(behaviour with { ChatOnly = speaks == Speaks.OpenAiChat }).Answer,
            _ => new OllamaScript(behaviour, speaks == Speaks.OllamaOld ? OllamaGeneration.Old
                : speaks == Speaks.OllamaNew ? OllamaGeneration.New
                : speaks == Speaks.OllamaNewest ? OllamaGeneration.Newest : OllamaGeneration.Embedded).Answer,
        };
        return request => request.Method == "POST"
            && System.Text.Encoding.UTF8.GetString(request.Body).Contains("w19", StringComparison.Ordinal) && request.Path != "/tokenize"
            && !(speaks == Speaks.OpenAiChat && request.Path == "/v1/completions")
            ? noise() : truth(request);
    }
}
