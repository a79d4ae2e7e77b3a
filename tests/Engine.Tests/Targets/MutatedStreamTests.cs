using System.Text;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Embedded;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;
using MemoryWall.Targets.Ollama;
using MemoryWall.Targets.OpenAi;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>Mutated answers of all forms, read without a network: each gives values in range, and none an exception.</summary>
public sealed class MutatedStreamTests
{
    private static readonly string[] s_sse =
    [
        ": ping\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n", "event: error\ndata: {\"message\":\"no\",\"code\":500}\n\n",
        "data: {\"object\":\"error\",\"message\":\"no\"}\n\n", "data: [DONE]\n\n", "event: error\n", "\r\n", "data:", "\uFEFF",
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null},\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]},\"finish_reason\":\"null\"}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"text\":\"x\"}]}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"x\"}}],\"usage\":null}\n\n",
        "data: {\"choices\":[{\"text\":\"x\",\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":21,\"completion_tokens\":8}}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"prompt_tokens_details\":null}}\n\n",
        "data: {\"choices\":[],\"usage\":{\"completion_tokens_details\":{\"accepted_prediction_tokens\":2147483647,"
            + "\"rejected_prediction_tokens\":9}}}\n\n",
        "data: {\"choices\":[{\"text\":\"x\"}],\"timings\":{\"cache_n\":3,\"prompt_n\":1,\"prompt_ms\":4.5,\"predicted_n\":2147483647,"
            + "\"predicted_ms\":1e9,\"draft_n\":3,\"draft_n_accepted\":7}}\n\n",
        "data: {\"content\":\"x\",\"tokens\":[1],\"stop\":false,\"timings\":{\"predicted_n\":1}}\n\n",
        "data: {\"content\":\"\",\"tokens\":[0],\"stop\":false,\"prompt_progress\":{\"processed\":4,\"time_ms\":6}}\n\n",
        "data: {\"content\":\"\",\"stop\":true,\"stop_type\":\"limit\",\"tokens_predicted\":8,\"tokens_evaluated\":21,"
            + "\"timings\":{\"prompt_ms\":1,\"predicted_ms\":2,\"draft_n\":6,\"draft_n_accepted\":6}}\n\n",
    ];

    private static readonly string[] s_lines =
    [
        "{\"response\":\"x\",\"done\":false}\n", "{\"response\":\"\",\"thinking\":\"x\",\"done\":false}\n", "{\"error\":\"no\"}\n", "\n",
        "{\"response\":\"x\",\"done\":false,\"memory_wall\":{\"elapsed_ns\":[1,2]}}\n",
        "{\"response\":\"\",\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":21,\"prompt_eval_cached_count\":20,"
            + "\"prompt_eval_duration\":5,\"eval_count\":8,\"eval_duration\":7}\n",
        "{\"response\":\"\",\"done\":true,\"prompt_eval_count\":1,\"prompt_eval_cached_count\":-4}\n",
    ];

    private static readonly string[] s_scraps =
        ["{", "}", "[", "]", "\"", ",", ":", "null", "-1", "1e999", "99999999999999999999", "\\ud800", "\u0000",
            "\u001b[2J", "é😀", "\n", "true"];

    public static TheoryData<Speaks> All => [Speaks.OllamaNewest, Speaks.Embedded, Speaks.LlamaServer, Speaks.OpenAi];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Read_MutatedAnswers_AreOutcomesWithValuesInRange(Speaks speaks)
    {
        var forms = speaks is Speaks.OllamaNewest or Speaks.Embedded ? s_lines : s_sse;
        // Two parsers read each form: those of Ollama and the embedded server, those of llama-server and both paths of OpenAI.
        for (var number = FuzzRange.Inputs.First; number < FuzzRange.Inputs.First + FuzzRange.Inputs.Count / 2; number++)
            Check(await ReadAsync(speaks, Mutate(new Random(number + 1_000_003 * (int)speaks), forms)), number);
    }

    private static void Check((StreamResult Result, StreamTimeline Timeline) read, int number)
    {
        var (result, timeline) = read;
        Assert.True(result.OutputTokens is null or >= 0, $"answer {number}");
        Assert.True(result.PromptTokens is null or >= 0, $"answer {number}");
        Assert.True(result.CachedTokens is null or >= 0, $"answer {number}");
        Assert.True(result.DraftTokens is null or >= 0 && !(result.AcceptedDraftTokens > result.DraftTokens), $"answer {number}");
        Assert.True(result.Server.Prefill is null || result.Server.Prefill > TimeSpan.Zero, $"answer {number}");
        Assert.DoesNotContain(result.Failure?.Detail ?? "", char.IsControl);
        Assert.True(timeline.FirstGenerated is null == timeline.Marks.All(mark => mark.Kind == MarkKind.Prefill), $"answer {number}");
    }

    private static async Task<(StreamResult, StreamTimeline)> ReadAsync(Speaks speaks, byte[] answer)
    {
        var clock = RunClock.Start();
        var access = new HttpAccess(new Uri("http://127.0.0.1:1"), new ConnectionOptions(), clock);
        using var stream = new InferenceStream(access, Scripted.Request(), null, LineReader.DefaultMaxLineBytes, CancellationToken.None);
        using var lines = new LineReader(StreamPump.Start(new MemoryStream(answer), clock), LineReader.DefaultMaxLineBytes);
        if (speaks is Speaks.OllamaNewest or Speaks.Embedded)
        {
            Func<ReadOnlyMemory<byte>, Instant, bool> parse = speaks == Speaks.Embedded
                ? new EmbeddedStreamParser(stream).Parse
                : new OllamaStreamParser(stream).Parse;
            await NdjsonReader.ReadAsync(lines, parse, CancellationToken.None);
            return (stream.Result, stream.Timeline);
        }
        var chat = new OpenAiStreamParser(access);
        Func<StreamResult, StreamTimeline, SseReader, bool> read = speaks == Speaks.LlamaServer
            ? new LlamaCppStreamParser(access).Parse
            : chat.Parse;
        await SseInference.ReadAsync(new SseReader(lines), stream, read, CancellationToken.None);
        if (speaks != Speaks.LlamaServer)
            chat.Finish(stream.Result, lines.End);
        return (stream.Result, stream.Timeline);
    }

    // A conversation of whole frames, of which some bytes are cut, doubled, changed or replaced by others.
    private static byte[] Mutate(Random random, string[] forms)
    {
        var bytes = new List<byte>(Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => forms[random.Next(forms.Length)]))));
        for (var change = random.Next(0, 5); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(12, bytes.Count - at) + 1);
            switch (random.Next(5))
            {
                case 0:
                    bytes.RemoveRange(at, length);
                    break;
                case 1:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 2:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(s_scraps[random.Next(s_scraps.Length)]));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }
}
