using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Units;
using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares the storage tier with the standard system where everything fits in memory: both servers run at once without a cap and answer
/// in turn, in an order that changes. Cells up to the last 512 tokens are filled with random values instead of being computed. Both are
/// started again for every other round, because the addresses of a process's buffers make it a few percent faster or slower for its whole
/// life. Options: rounds (default 10), presets (default nano,small,1b), contexts (default 512,4096,16384), folder.
/// </summary>
internal static class TierParity
{
    private const int Batch = 512;
    private const int RoundsOfAStart = 2;
    private const long Plenty = 64 * ByteSize.GiB;

    // The tier must not lose in any cell, and must win over all.
    private const double MinCell = 1.00;
    private const double MinAll = 1.03;

    public static async Task RunAsync(string[] args)
    {
        string Argument(int place, string usual) => args.Length > place ? args[place] : usual;
        int Parse(string text) => int.Parse(text, CultureInfo.InvariantCulture);
        var rounds = Parse(Argument(0, "10"));
        var presets = Argument(1, "nano,small,1b").Split(',');
        var contexts = Argument(2, "512,4096,16384").Split(',').Select(Parse).ToArray();
        var folder = Directory.CreateDirectory(
            Path.Combine(Argument(3, Path.GetTempPath()), $"memwall-parity-{Environment.ProcessId}")).FullName;
        Console.WriteLine($"managed / standard in {rounds} pairs, everything in RAM");
        Console.WriteLine("| model | context | prefill t/s, standard | managed | ratio | generation t/s, standard | managed | ratio |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var cells = new List<(double Prefill, double Generation)>();
        try
        {
            foreach (var preset in presets)
                foreach (var context in contexts)
                    cells.Add(await CompareAsync(preset, context, rounds, folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Judge("prefill", [.. cells.Select(cell => cell.Prefill)]);
        Judge("generation", [.. cells.Select(cell => cell.Generation)]);
    }

    private static async Task<(double Prefill, double Generation)> CompareAsync(string preset, int context, int rounds, string folder)
    {
        var path = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(preset));
        // Enough tokens that a pause of the machine does not decide: fast models generate more.
        var output = preset == "nano" ? 128 : preset == "small" ? 48 : 24;
        var pairs = new List<(Rates Standard, Rates Managed)>();
        for (var round = 0; round < rounds; round += RoundsOfAStart)
        {
            await using var standard = await Side.StartAsync(path, context, output, tier: null);
            await using var managed = await Side.StartAsync(path, context, output, new TierPlan { Folder = folder, MemoryBytes = Plenty });
            // The first pair warms both up.
            for (var pair = -1; pair < Math.Min(RoundsOfAStart, rounds - round); pair++)
            {
                var standardFirst = (round / RoundsOfAStart + pair) % 2 == 0;
                var first = await (standardFirst ? standard : managed).MeasureAsync();
                var second = await (standardFirst ? managed : standard).MeasureAsync();
                if (pair >= 0)
                    pairs.Add(standardFirst ? (first, second) : (second, first));
            }
        }
        string Cell(Func<Rates, double> rate)
        {
            var ratios = pairs.Select(pair => rate(pair.Managed) / rate(pair.Standard)).ToList();
            return string.Create(CultureInfo.InvariantCulture,
                $"{Median(pairs.Select(pair => rate(pair.Standard))):0.0} | {Median(pairs.Select(pair => rate(pair.Managed))):0.0} | "
                + $"{Median(ratios):0.000} ({ratios.Min():0.00} – {ratios.Max():0.00})");
        }
        Console.WriteLine($"| {preset} | {context} | {Cell(rates => rates.Prefill)} | {Cell(rates => rates.Generation)} |");
        return (Median(pairs.Select(pair => pair.Managed.Prefill / pair.Standard.Prefill)),
            Median(pairs.Select(pair => pair.Managed.Generation / pair.Standard.Generation)));
    }

    private static void Judge(string phase, double[] cells)
    {
        var all = Math.Exp(cells.Average(Math.Log));
        var worst = cells.Min();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{phase}: worst cell {worst:0.000} (target {MinCell:0.00}, {Met(worst >= MinCell)}), geometric mean of the cells {all:0.000} "
            + $"(target {MinAll:0.00}, {Met(all >= MinAll)})"));
    }

    private static string Met(bool isMet) => isMet ? "met" : "missed";

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private readonly record struct Rates(double Prefill, double Generation);

    /// <summary>One of the two servers with its client.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly EmbeddedServer _server;
        private readonly EmbeddedTarget _target;
        private readonly int _window;
        private readonly int _context;
        private readonly int _output;
        private PromptFactory? _prompts;
        private int _seed;

        private Side(EmbeddedServer server, EmbeddedTarget target, int context, int output) =>
            (_server, _target, _context, _output, _window) = (server, target, context, output, context + output + 16);

        private int Skipped => Math.Max(0, _context - Batch);

        public static async Task<Side> StartAsync(string path, int context, int output, TierPlan? tier)
        {
            var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = "model" },
                CancellationToken.None);
            var target = EmbeddedClient.Create(server, "model",
                new TargetOptions { BatchTokens = Batch, Threads = Environment.ProcessorCount, FlashAttention = "on", Tier = tier },
                RunClock.Start());
            await target.ProbeAsync(CancellationToken.None);
            var side = new Side(server, target, context, output)
            {
                _prompts = await PromptFactory.CreateAsync(await target.GetVocabularyAsync(CancellationToken.None), null,
                    new PromptSettings(), CancellationToken.None),
            };
            var load = await target.LoadAsync(side._window, CancellationToken.None);
            return load.Outcome.IsCompleted ? side : throw new InvalidOperationException($"the model was not loaded: {load.Outcome}");
        }

        public async Task<Rates> MeasureAsync()
        {
            var prompt = (await _prompts!.BuildAsync(_context, ++_seed)).Prompt!;
            var report = await _target.InferAsync(
                new InferenceRequest(prompt, _window, _output, new PhaseLimits(), SkipPromptTokens: Skipped), null,
                CancellationToken.None);
            return report is { Outcome.IsCompleted: true, Native: { Prefill: { } prefill, Generation: { } generation } }
                ? new Rates((_context - Skipped) / prefill.TotalSeconds, (_output - 1) / generation.TotalSeconds)
                : throw new InvalidOperationException($"{report.Outcome}");
        }

        public async ValueTask DisposeAsync()
        {
            await _target.DisposeAsync();
            await _server.DisposeAsync();
        }
    }
}
