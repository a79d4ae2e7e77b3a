using System.Globalization;
using MemoryWall.Machine;
using MemoryWall.Models.Synthetic;
using MemoryWall.Targets;

namespace MemoryWall.Benchmarks.OnePass;

/// <summary>
/// The table "prefill and generation at 2k, 4k, 8k, 16k, 32k" in one pass against llama-bench -r 1, everything on the same file with the
/// same threads and batch, from the start of each process to its last figure; and the rates against their referees. All take turns, the
/// order turned round in every other round; figures are medians of the ratios of one round.
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
            Text($"{spec.Name}, {threads} threads, batches of {Engine.Batch}, {options.Output} output tokens, prefill at a depth over {options.Stretch} tokens, contexts {string.Join(", ", options.Contexts)}, {options.Rounds} rounds"));

        var verdicts = new List<(string What, double? Figure, double Most)>();
        // Generating for longer: of 64 tokens pairs that should be equal part by a third.
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
            : Text($"verdict: {verdicts.Count(verdict => verdict.Figure <= verdict.Most)} met, {verdicts.Count(verdict => verdict.Figure > verdict.Most)} not met, {verdicts.Count(verdict => verdict.Figure is null)} skipped"));
    }

    /// <summary>The depth pass against cold trials of the same library.</summary>
    private static async Task<IEnumerable<(string, double?, double)>> AgainstColdAsync(Engine engine, OnePassOptions options)
    {
        // Deeper cold trials cost more than they teach: what could differ is there from the first contexts on.
        int[] contexts = [.. options.Contexts.Take(3)];
        var pairs = contexts.ToDictionary(context => context, _ => new List<(InferenceReport Pass, InferenceReport Cold)>());
        for (var round = 0; round < 2 * options.Rounds; round++)
        {
            await engine.WithServerAsync(async (target, prompts) =>
            {
                var pass = round % 2 == 0 ? await engine.PassAsync(target, prompts, contexts, sampled: false) : null;
                var cold = new List<InferenceReport>();
                foreach (var context in contexts)
                    cold.Add(await engine.ColdAsync(target, prompts, context));
                pass ??= await engine.PassAsync(target, prompts, contexts, sampled: false);
                foreach (var pair in pass.Zip(cold))
                    pairs[pair.First.CountedPromptTokens!.Value].Add(pair);
            });
        }
        Console.WriteLine("depth pass / cold trials, rates: median of neighbours' ratios (all of them), ratio of the best");
        foreach (var (context, list) in pairs)
            Console.WriteLine(
                $"  {context,6}: prefill {Spread(list, report => report.Native.Prefill!.Value)}, generation {Spread(list, report => report.Native.Generation!.Value)}");
        double Worst(Func<InferenceReport, TimeSpan> time) =>
            pairs.Values.Max(list => Off(Median(list.Select(pair => time(pair.Cold) / time(pair.Pass)))));
        return
        [
            ("depth pass against cold trials, prefill off by", Worst(report => report.Native.Prefill!.Value), 0.03),
            ("depth pass against cold trials, generation off by", Worst(report => report.Native.Generation!.Value), 0.05),
        ];
    }

    // Other work on the machine only ever slows: where the median is off and the best are not, it is the machine.
    private static string Spread(List<(InferenceReport Pass, InferenceReport Cold)> pairs, Func<InferenceReport, TimeSpan> time)
    {
        var ratios = pairs.Select(pair => time(pair.Cold) / time(pair.Pass)).Order().ToArray();
        return Text(
            $"{Median(ratios):0.000} ({ratios[0]:0.000} to {ratios[^1]:0.000}), {pairs.Min(pair => time(pair.Cold)) / pairs.Min(pair => time(pair.Pass)):0.000}");
    }

    private static async Task<IEnumerable<(string, double?, double)>> AgainstBenchAsync(Engine engine, LlamaTools tools,
        OnePassOptions options)
    {
        (string Name, Func<Task<Curve>> Run)[] programs =
        [
            .. options.LlamaBench is null ? [] : new (string, Func<Task<Curve>>)[] { ("llama-bench -r 1", tools.BenchAsync) },
            ("depth pass", () => engine.PassAsync(options.Contexts, sampled: false)),
            ("sampled pass", () => engine.PassAsync(options.Contexts, sampled: true)),
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
        // Known differences between the two: where the rates part by more, the machine or the build is the reason.
        if (options.LlamaBench is not null && options.LlamaServer is not null)
            Console.WriteLine(
                "llama-server chooses and sends each token, which llama-bench does not; llama-bench gives random tokens, restores a saved depth for generation, and warms up before each test");
        double? Time(string name) => Ratio(rounds, name, (one, bench) => one.Took / bench.Took);
        // Behind the largest context llama-bench goes on and a pass does not.
        double? Rates(Func<Point, double?> rate) =>
            options.Contexts.SkipLast(1)
                .Max(context =>
                    Ratio(rounds, "llama-server, growing",
                        (one, bench) => rate(one.Points[context]) / rate(bench.Points[context])) is { } ratio ? Off(ratio) : (double?)null);
        return
        [
            ("depth pass, time over llama-bench", Time("depth pass"), 0.5),
            ("sampled pass with its computed point, time over llama-bench", Time("sampled pass"), 0.25),
            ("growing prompt on llama-server, time over llama-bench", Time("llama-server, growing"), 0.8),
            ("growing prompt on llama-server against llama-bench, prefill at depth off by", Rates(point => point.Behind), 0.06),
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

    private static void Show(string name, Curve curve, IReadOnlyList<int> contexts) => Console.WriteLine(Text(
        $"{name,-22} {curve.Took.TotalSeconds,6:0.0} s   {string.Join("   ", contexts.Select(context => curve.Points.TryGetValue(context, out var point) ? Text($"{context}: {point.Behind:0} / {point.Generation:0.0}") : $"{context}: –"))}   (prefill at depth / generation, t/s)"));

    private static double Off(double ratio) => Math.Abs(ratio - 1);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
