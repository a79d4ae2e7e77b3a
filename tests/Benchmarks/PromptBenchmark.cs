using System.Diagnostics;
using System.Globalization;
using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;
using Microsoft.ML.Tokenizers;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares building a prompt of exactly N tokens with the usual way: encode a long text, cut the tokens, decode them, count again, and
/// correct until the count is right. The two alternate, and the best of several rounds counts. The long text is the best case of the usual
/// way: it never needs a correction.
/// </summary>
internal static class PromptBenchmark
{
    private const int Rounds = 5;
    private const int Million = 1_000_000;

    public static async Task<IReadOnlyList<Measured>> RunAsync(string[] _)
    {
        var gpt2 = TiktokenTokenizer.CreateForModel("gpt2");
        var vocabulary = Gpt2Vocabulary.Create(50_257) with { AddBos = true };
        var clock = Stopwatch.StartNew();
        var factory = await PromptFactory.CreateAsync(vocabulary, null, new PromptSettings(), CancellationToken.None);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"once for a target: {clock.Elapsed.TotalMilliseconds:0} ms; {factory.CountingMethod}{factory.Problem}"));

        var rows = new List<Measured>();
        Console.WriteLine("tokens      ours ms   naive ms   ratio   ours B/token   naive B/token   naive rounds");
        foreach (var tokens in new[] { 8 * 1024, 32 * 1024, 128 * 1024, Million })
        {
            var source = (await factory.BuildAsync(tokens + 1_000, 0)).Prompt!.Text;
            var ours = new Measure();
            var naive = new Measure();
            var mends = 0;
            for (var round = 0; round < Rounds; round++)
            {
                var prompt = await ours.TakeAsync(() => factory.BuildAsync(tokens, round));
                if (gpt2.CountTokens(prompt.Prompt!.Text) + 1 != tokens)
                    throw new InvalidOperationException("not exact");
                mends = await naive.TakeAsync(() => Task.FromResult(Naive(gpt2, source, tokens - 1)));
            }
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{tokens,9:N0} {ours.Best.TotalMilliseconds,9:0.0} {naive.Best.TotalMilliseconds,10:0.0} {naive.Best / ours.Best,7:0.0} "
                + $"{ours.Bytes / tokens,14:0} {naive.Bytes / tokens,15:0} {mends,14}"));
            if (tokens == Million)
                rows.Add(
                    new Measured("prompts: one of a million tokens, exact",
                        string.Create(CultureInfo.InvariantCulture, $"{ours.Best.TotalMilliseconds:0} ms"),
                    "encode, cut, decode, recount", string.Create(CultureInfo.InvariantCulture, $"{naive.Best.TotalMilliseconds:0} ms"),
                    ours.Best / naive.Best));
        }
        return rows;
    }

    private static int Naive(TiktokenTokenizer tokenizer, string source, int tokens)
    {
        var ids = tokenizer.EncodeToIds(source);
        var keep = tokens;
        for (var round = 1; ; round++)
        {
            var text = tokenizer.Decode(ids.Take(keep));
            var counted = tokenizer.CountTokens(text);
            if (counted == tokens || round == 10)
                return round;
            keep += tokens - counted;
        }
    }

    private sealed class Measure
    {
        public TimeSpan Best { get; private set; } = TimeSpan.MaxValue;

        public long Bytes { get; private set; } = long.MaxValue;

        public async Task<T> TakeAsync<T>(Func<Task<T>> work)
        {
            GC.Collect();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var clock = Stopwatch.StartNew();
            var result = await work();
            Best = clock.Elapsed < Best ? clock.Elapsed : Best;
            Bytes = Math.Min(Bytes, GC.GetTotalAllocatedBytes(precise: true) - before);
            return result;
        }
    }
}
