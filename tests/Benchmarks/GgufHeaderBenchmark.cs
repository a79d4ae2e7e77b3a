using System.Diagnostics;
using System.Globalization;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Benchmarks;

/// <summary>Compares reading the header of a model with a large vocabulary with reading the same bytes without parsing them.</summary>
internal static class GgufHeaderBenchmark
{
    public static Task RunAsync(string[] _)
    {
        var metadata = new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.tokens"] = Enumerable.Range(0, 150_000).Select(id => $"token{id}").ToArray(),
            ["tokenizer.ggml.token_type"] = Enumerable.Repeat(1, 150_000).ToArray(),
            ["tokenizer.ggml.merges"] = Enumerable.Range(0, 280_000).Select(id => $"to ken{id}").ToArray(),
        };
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, GgufWriter.BuildHeader(metadata, []));
            var (header, plain) = (new List<double>(), new List<double>());
            for (var i = 0; i < 20; i++)
            {
                plain.Add(Milliseconds(() => File.ReadAllBytes(path)));
                header.Add(Milliseconds(() => VocabularyReader.Read(ModelMetadata.FromFile(path))));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"header of 150,000 tokens and 280,000 merges ({new FileInfo(path).Length / 1e6:0.0} MB): {Median(header):0.0} ms, "
                + $"{Median(header) / Median(plain):0.0} times a plain read"));
        }
        finally
        {
            File.Delete(path);
        }

        return Task.CompletedTask;
    }

    private static double Milliseconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
