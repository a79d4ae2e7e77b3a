using System.Diagnostics;
using System.Globalization;
using LLama.Native;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The reference: prefill and generation with llama.cpp in a bare loop, without server, client or sampling beyond the next token's id. Runs
/// in its own process, as the embedded server does. Arguments: model, context, output tokens, threads, batch, rounds. Reads one line before
/// each round and answers with <c>prefill-seconds generation-seconds</c>.
/// </summary>
internal static class PlainLoop
{
    public static Task RunAsync(string[] args)
    {
        var numbers = args[1..].Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var (context, output, threads, batch) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        NativeLibraryConfig.All.WithLogCallback((_, _) => { });
        NativeApi.llama_empty_call();
        using var model = SafeLlamaModelHandle.LoadFromFile(args[0], LLamaModelParams.Default());
        var parameters = LLamaContextParams.Default();
        parameters.n_ctx = (uint)(context + output + 16);
        parameters.n_batch = (uint)batch;
        parameters.n_ubatch = (uint)batch;
        parameters.n_threads = threads;
        parameters.n_threads_batch = threads;
        using var session = SafeLLamaContextHandle.Create(model, parameters);
        var prefill = new LLamaBatch();
        var step = new LLamaBatch();
        var random = new Random(1);
        Decode(session, step, [1], 0);
        for (string? go; (go = Console.ReadLine()) is not null && go.Length > 0;)
        {
            session.MemorySequenceRemove(LLamaSeqId.Zero, -1, -1);
            var started = Stopwatch.GetTimestamp();
            for (var at = 0; at < context; at += batch)
            {
                var tokens = new int[Math.Min(batch, context - at)];
                for (var i = 0; i < tokens.Length; i++)
                    tokens[i] = random.Next(1000, model.Vocab.Count - 1000);
                Decode(session, prefill, tokens, at, last: at + tokens.Length == context);
            }
            var first = Stopwatch.GetTimestamp();
            for (var i = 0; i < output - 1; i++)
                Decode(session, step, [random.Next(1000, model.Vocab.Count - 1000)], context + i);
            var ended = Stopwatch.GetTimestamp();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(started, first).TotalSeconds} {Stopwatch.GetElapsedTime(first, ended).TotalSeconds}"));
        }
        return Task.CompletedTask;
    }

    private static void Decode(SafeLLamaContextHandle session, LLamaBatch batch, ReadOnlySpan<int> tokens, int position, bool last = true)
    {
        batch.Clear();
        for (var i = 0; i < tokens.Length; i++)
            batch.Add(tokens[i], position + i, LLamaSeqId.Zero, last && i == tokens.Length - 1);
        if (session.Decode(batch) != DecodeResult.Ok)
            throw new InvalidOperationException("llama.cpp did not decode");
        session.Synchronize();
    }
}
