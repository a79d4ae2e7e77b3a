using System.Globalization;
using MemoryWall.Machine;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>
/// Measures the table "prefill and generation at 2k, 4k, 8k, 16k, 32k" in one incremental sweep and with llama-bench -r 1, on the same file
/// with the same threads and batch, from the start of each process to its last figure. Also compares the rates with their references. The
/// programs alternate, in reversed order in every other round. Figures are medians of the ratios within one round.
/// </summary>
internal static class OnePassBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        var options = OnePassOptions.Parse(args);
        var spec = SyntheticSpec.Parse(options.Spec);
        var path = await SyntheticModelCache.EnsureAsync(spec);
        var threads = MachineReader.Read().AvailableCores ?? Environment.ProcessorCount;
        var engine = new Engine(options, spec.Name, path, threads);
        var tools = new LlamaTools(options, path, threads);
        Console.WriteLine(
            Text($"{spec.Name}, {threads} threads, batches of {Engine.Batch}, {options.Output} output tokens, ")
            + Text($"prefill at a depth over {options.Stretch} tokens, ")
            + Text($"contexts {string.Join(", ", options.Contexts)}, {options.Rounds} rounds"));

        var verdicts = new List<(string What, double? Figure, double Most)>();
        // More tokens than usual: with 64 output tokens, equal pairs differ by a third.
        verdicts.AddRange(
            await AgainstColdAsync(new Engine(options with { Output = 4 * options.Output }, spec.Name, path, threads), options));
        verdicts.AddRange(await AgainstBenchAsync(engine, tools, options));
        Console.WriteLine();
        foreach (var (what, figure, most) in verdicts)
            Console.WriteLine(
                figure is { } known
                    ? Text($"{(known <= most ? "met    " : "NOT met")}  {what}: {known:0.000} (at most {most})")
                    : $"skipped  {what}");
        Console.WriteLine(verdicts.All(verdict => verdict.Figure <= verdict.Most)
            ? "verdict: all targets met"
            : Text($"verdict: {verdicts.Count(verdict => verdict.Figure <= verdict.Most)} met, ")
            + Text($"{verdicts.Count(verdict => verdict.Figure > verdict.Most)} not met, ")
            + Text($"{verdicts.Count(verdict => verdict.Figure is null)} skipped"));
    }

    /// <summary>Compares incremental depth with cold trials of the same library.</summary>
    private static async Task<IEnumerable<(string, double?, double)>> AgainstColdAsync(Engine engine, OnePassOptions options)
    {
        // Deeper cold trials are slow and add little: a difference shows from the first contexts on.
        int[] contexts = [.. options.Contexts.Take(3)];
        var pairs = contexts.ToDictionary(context => context, _ => new List<(InferenceReport Pass, InferenceReport Cold)>());
        for (var round = 0; round < 2 * options.Rounds; round++)
        {
            await engine.WithServerAsync(async (target, prompts) =>
            {
                var pass = round % 2 == 0 ? await engine.PassAsync(target, prompts, contexts, synthetic: false) : null;
                var cold = new List<InferenceReport>();
                foreach (var context in contexts)
                    cold.Add(await engine.ColdAsync(target, prompts, context));
                pass ??= await engine.PassAsync(target, prompts, contexts, synthetic: false);
                foreach (var pair in pass.Zip(cold))
                    pairs[pair.First.CountedPromptTokens!.Value].Add(pair);
            });
        }
        Console.WriteLine("incremental depth / cold trials, rates: median of neighbours' ratios (all of them), ratio of the best");
        foreach (var (context, list) in pairs)
            Console.WriteLine(
                $"  {context,6}: prefill {Spread(list, report => report.Native.Prefill!.Value)}, generation "
                + $"{Spread(list, report => report.Native.Generation!.Value)}");
        double Worst(Func<InferenceReport, TimeSpan> time) =>
            pairs.Values.Max(list => Off(Median(list.Select(pair => time(pair.Cold) / time(pair.Pass)))));
        return
        [
            ("incremental depth against cold trials, prefill off by", Worst(report => report.Native.Prefill!.Value), 0.03),
            ("incremental depth against cold trials, generation off by", Worst(report => report.Native.Generation!.Value), 0.05),
        ];
    }

    // Other work on the machine only slows trials down. When the median is off and the best are not, the machine is the reason.
    private static string Spread(List<(InferenceReport Pass, InferenceReport Cold)> pairs, Func<InferenceReport, TimeSpan> time)
    {
        var ratios = pairs.Select(pair => time(pair.Cold) / time(pair.Pass)).Order().ToArray();
        var best = pairs.Min(pair => time(pair.Cold)) / pairs.Min(pair => time(pair.Pass));
        return Text($"{Median(ratios):0.000} ({ratios[0]:0.000} to {ratios[^1]:0.000}), {best:0.000}");
    }

    private static async Task<IEnumerable<(string, double?, double)>> AgainstBenchAsync(Engine engine, LlamaTools tools,
        OnePassOptions options)
    {
        (string Name, Func<Task<Curve>> Run)[] programs =
        [
            .. options.LlamaBench is null ? [] : new (string, Func<Task<Curve>>)[] { ("llama-bench -r 1", tools.BenchAsync) },
            ("incremental depth", () => engine.PassAsync(options.Contexts, synthetic: false)),
            ("synthetic depth", () => engine.PassAsync(options.Contexts, synthetic: true)),
            .. options.LlamaServer is null
                ? []
                : new (string, Func<Task<Curve>>)[] { ("llama-server, growing", () => tools.ServerAsync(engine)) },
        ];
        if (options.LlamaBench is null || options.LlamaServer is null)
            Console.WriteLine("without --llama-bench and --llama-server what is compared with them is skipped");
        var rounds = programs.ToDictionary(program => program.Name, _ => new List<Curve>());
        for (var round = 0; round < options.Rounds; round++)
            foreach (var (name, run) in round % 2 == 0 ? programs : programs.Reverse())
            {
                rounds[name].Add(await run());
                Show(name, rounds[name][^1], options.Contexts);
            }
        // Known differences between the two. If the rates differ by more, the machine or the build is the reason.
        if (options.LlamaBench is not null && options.LlamaServer is not null)
            Console.WriteLine(
                "llama-server chooses and sends each token, which llama-bench does not; llama-bench gives random tokens, restores a saved "
                + "depth for generation, and warms up before each test");
        double? Time(string name) => Ratio(rounds, name, (one, bench) => one.Took / bench.Took);
        // After the largest context llama-bench continues and an incremental sweep does not.
        double? Rates(Func<Point, double?> rate) =>
            options.Contexts.SkipLast(1)
                .Max(context =>
                    Ratio(rounds, "llama-server, growing",
                        (one, bench) => rate(one.Points[context]) / rate(bench.Points[context])) is { } ratio ? Off(ratio) : (double?)null);
        return
        [
            ("incremental depth, time over llama-bench", Time("incremental depth"), 0.5),
            ("synthetic depth with its computed point, time over llama-bench", Time("synthetic depth"), 0.25),
            ("growing prompt on llama-server, time over llama-bench", Time("llama-server, growing"), 0.8),
            ("growing prompt on llama-server against llama-bench, prefill at depth off by", Rates(point => point.AtDepth), 0.06),
            ("growing prompt on llama-server against llama-bench, generation off by", Rates(point => point.Generation), 0.10),
        ];
    }

    private static double? Ratio(Dictionary<string, List<Curve>> rounds, string name, Func<Curve, Curve, double?> ratio)
    {
        if (!rounds.TryGetValue(name, out var curves) || !rounds.TryGetValue("llama-bench -r 1", out var bench))
            return null;
        var ratios = curves.Zip(bench, ratio).OfType<double>().ToList();
        return ratios.Count == 0 ? null : Median(ratios);
    }

    private static void Show(string name, Curve curve, IReadOnlyList<int> contexts)
    {
        var points = contexts.Select(context => curve.Points.TryGetValue(context, out var point)
            ? Text($"{context}: {point.AtDepth:0} / {point.Generation:0.0}")
            : $"{context}: –");
        Console.WriteLine(Text(
            $"{name,-22} {curve.Took.TotalSeconds,6:0.0} s   {string.Join("   ", points)}   (prefill at depth / generation, t/s)"));
    }

    private static double Off(double ratio) => Math.Abs(ratio - 1);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
