using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>Random answers to an incremental pass: each report has an outcome, and no more contexts complete than were requested.</summary>
public sealed class IncrementalDepthFuzzTests
{
    private static readonly string[] s_lines =
    [
        """{"response":"","done":false,"memory_wall":{"probe":{"depth":10,"prompt_eval_duration":1000,"eval_count":8,"""
            + "\"eval_duration\":100,\"jumped_prompt_tokens\":0}}}",
        """{"response":"","done":false,"memory_wall":{"probe":{"depth":-1,"prompt_eval_duration":"x","eval_count":99999999999,"""
            + "\"eval_duration\":-5}}}",
        """{"done":false,"memory_wall":{"probe":null}}""", """{"done":false,"memory_wall":{"probe":[]}}""",
        """{"done":false,"memory_wall":7}""", """{"done":false,"memory_wall":{"probe":{}}}""",
        """{"response":"","done":false,"memory_wall":{"prompt_progress":{"done":5,"elapsed_ns":1e300}}}""",
        """{"response":"x","done":false,"memory_wall":{"elapsed_ns":[1,2,3,4,5,6,7,8]}}""",
        """{"response":"x","done":false,"memory_wall":{"elapsed_ns":[null,"x",-1]}}""",
        """{"done":true}""", """{"error":"out of memory"}""", "{", "null", "[]", "\u0000\u001b[2J", "{\"\\ud800\":1}",
        """data: {"content":"x","tokens":[1],"stop":false}""",
        """data: {"stop":true,"tokens_evaluated":10,"tokens_predicted":8,"timings":{"cache_n":0,"prompt_ms":1.5,"predicted_ms":2}}""",
        """data: {"stop":true,"tokens_evaluated":20,"tokens_predicted":8,"timings":{"cache_n":10,"prompt_ms":-1e300,"predicted_ms":"x"}}""",
            "",
    ];

    private static readonly Gen<byte[]> s_body = Gen.OneOf(
        Gen.Int[0, s_lines.Length - 1].Select(index => s_lines[index] + "\n").Array[0, 20].Select(
            lines => System.Text.Encoding.UTF8.GetBytes(string.Concat(lines))),
        Gen.Byte.Array[0, 200]);

    [Theory]
    [InlineData(Speaks.Embedded)]
    [InlineData(Speaks.LlamaServer)]
    public void InferIncrementally_NoiseInTheStream_IsAlwaysAnOutcome(Speaks speaks) =>
        Gen.Select(s_body, Gen.Int[0, 2], Gen.Int[0, 20]).Sample((body, end, tear) =>
    {
        using var limit = new CancellationTokenSource(TestedProgram.Patience);
        var scripted = Scripted.Start(speaks, request => request.Path switch
        {
            "/api/version" =>
                Reply.Json("""{"version":"1","memory_wall":{"protocol":1,"extensions":["token_ids","depth_pass"],"details":{}}}"""),
            "/api/generate" or "/completion" =>
                Ended(body.Length > 0 ? Reply.Stream("text/event-stream").Torn(tear).Bytes(body) : Reply.Stream(), end),
            _ => Reply.Whole(404, "{}"),
        });
        var prompt = new Prompt
        {
            Kind = PromptKind.Words,
            Text = "",
            TokenCount = 20,
            TokenIds = [.. Enumerable.Range(0, 20)],
            Nonce = "w0"
        };
        var pass = ((IIncrementalTarget)scripted.Target).InferIncrementallyAsync(
            new IncrementalRequest(prompt, [10, 20], 100, 8, new PhaseLimits()), null, limit.Token);
        var reports = pass.ToListAsync(limit.Token).AsTask().GetAwaiter().GetResult();
        scripted.DisposeAsync().AsTask().GetAwaiter().GetResult();

        Assert.NotEmpty(reports);
        Assert.All(reports.SkipLast(1), report => Assert.IsType<Completed>(report.Outcome));
        // One more than the contexts where the stream failed after the last context.
        Assert.InRange(reports.Count, 1, 3);
        Assert.True(reports.Count(report => report.Outcome is Completed) <= 2);
        Assert.All(reports, report =>
        {
            Assert.IsNotType<Cancelled>(report.Outcome);
            Assert.DoesNotContain(report.Outcome.Detail, char.IsControl);
            Assert.True(
                report is { OutputTokens: null or >= 0, CountedPromptTokens: null or >= 0 }
                    && report.Server.Prefill is null or { Ticks: >= 0 });
        });
    }, iter: LongTests.Draws(200), threads: 1);

    private static Reply Ended(Reply reply, int end) => end switch { 0 => reply.Close(), 1 => reply.Reset(), _ => reply.End() };
}
