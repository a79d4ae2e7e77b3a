using System.Globalization;
using System.Text;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

/// <summary>
/// Makes <c>data/traces/example-conversation.jsonl</c>: half an hour of a chat service. All conversations begin with the same instructions
/// of two blocks. Most grow by a question and an answer each turn; some ask again and again about one long document. The same seed gives
/// the same file.
/// </summary>
internal static class ExampleTrace
{
    public const string Path = "data/traces/example-conversation.jsonl";

    private const int Seed = 20;
    private const int Conversations = 48;
    private const int Block = 512;
    private const int SharedBlocks = 2;
    private const int SpanMilliseconds = 1_800_000;

    public static string Create()
    {
        var random = new SplitMix64(Seed);
        var (requests, next) = (new List<(long At, int Input, int Output, List<long> Texts)>(), (long)SharedBlocks);
        for (var conversation = 0; conversation < Conversations; conversation++)
        {
            var hasDocument = conversation % 6 == 5;
            var at = (long)random.NextBelow(SpanMilliseconds * 3 / 4);
            var input = SharedBlocks * Block + (hasDocument ? 6000 + random.NextBelow(10_000) : 60 + random.NextBelow(900));
            var turns = 2 + random.NextBelow(9);
            // The whole blocks of a conversation stay the same; the last one is another text with every turn.
            var blocks = Enumerable.Range(0, SharedBlocks).Select(block => (long)block).ToList();
            for (var turn = 0; turn < turns && at < SpanMilliseconds; turn++)
            {
                while (blocks.Count < input / Block)
                    blocks.Add(next++);
                var output = 20 + random.NextBelow(480);
                requests.Add((at, input, output, [.. blocks, .. input % Block > 0 ? [next++] : (long[])[]]));
                at += 5000 + output * 40L + random.NextBelow(120_000);
                input += output + 15 + random.NextBelow(250);
            }
        }
        return Format(requests.OrderBy(request => request.At));
    }

    private static string Format(IEnumerable<(long At, int Input, int Output, List<long> Texts)> requests)
    {
        var numbers = new Dictionary<long, int>();
        var text = new StringBuilder();
        foreach (var (at, input, output, texts) in requests)
        {
            var ids = texts.Select(block => numbers.TryGetValue(block, out var id) ? id : numbers[block] = numbers.Count);
            text.Append(CultureInfo.InvariantCulture, $"{{\"timestamp\": {at}, \"input_length\": {input}, \"output_length\": {output}, ")
                .Append(CultureInfo.InvariantCulture, $"\"hash_ids\": [{string.Join(", ", ids)}]}}\n");
        }
        return text.ToString();
    }
}
