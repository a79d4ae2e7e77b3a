using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares the storage tier with the standard system at the same memory cap, and both with the model in RAM; they alternate.
/// <c>weights</c>: weights beyond the cap, which the standard system maps. <c>kv</c>: a KV cache beyond the cap, which the standard system
/// swaps; its cells are filled with random values instead of being computed. Each managed result is printed with its limit: a token
/// computes as long as in RAM beside the same reads, which go on meanwhile at the bandwidth measured beside that computation; what is left
/// of its bytes is read at the bandwidth measured just before and after.
/// <c>prefill</c>: weights beyond the cap in batches of several sizes; each batch reads the streamed bytes once. <c>edge</c>: caps a few
/// percent above and below what the standard system needs; the cap in MiB is not used. Options: weights, kv, prefill or edge, cap in MiB
/// (default 700), rounds (default 3), folder (default the temporary folder), threads (default 2), and for <c>weights</c> prompt tokens in
/// a batch (default 128). <c>experts</c>: see <see cref="ExpertBenchmark"/>. <c>parity</c>: see <see cref="TierParity"/>. Needs the
/// permission to make caps; <c>kv</c> needs root for its swap file.
/// </summary>
internal static class TierBenchmark
{
    private static readonly int[] s_batches = [8, 32, 128, 512];
    private static readonly int[] s_edges = [8, 4, 2, -2, -4, -8];

    // A standard system that thrashes takes most of a round's time, and three rounds show it.
    private const int StandardRounds = 3;

    // It needs no longer to show it.
    private static readonly PhaseLimits s_patience = new() { Prefill = TimeSpan.FromSeconds(30), Generation = TimeSpan.FromSeconds(30) };

    public static async Task RunAsync(string[] args)
    {
        if (args is ["experts", ..])
        {
            await ExpertBenchmark.RunAsync(args[1..]);
            return;
        }
        if (args is ["parity", .. var others])
        {
            await TierParity.RunAsync(others);
            return;
        }
        string Argument(int place, string usual) => args.Length > place ? args[place] : usual;
        int Number(int place, int usual) =>
            int.Parse(Argument(place, usual.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        var (what, cap, rounds, threads, batch) = (Argument(0, "weights"), new ByteSize(Number(1, 700) * ByteSize.MiB), Number(2, 3),
            Number(4, 2), Number(5, 128));
        var folder = Directory.CreateTempSubdirectory("memwall-tier-").FullName;
        if (args.Length > 3)
            folder = Directory.CreateDirectory(Path.Combine(args[3], Path.GetFileName(folder))).FullName;
        var path = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(what is "kv" or "edge" ? "small" : "1b"));
        var one = what switch
        {
            // Under a tight cap a large batch takes memory from the weights: 64 of 700 MiB in batches of 512.
            "weights" => new TierMeasurement(path, 512, 0, batch, 32, threads),
            "kv" => new TierMeasurement(path, 32_768, 32_704, 512, 24, threads),
            "prefill" => new TierMeasurement(path, 512, 0, 512, 2, threads),
            "edge" => new TierMeasurement(path, 4096, 3584, 512, 64, threads),
            _ => throw new ArgumentException($"'{what}' is none of weights, kv, prefill, edge and parity"),
        };
        Console.WriteLine(
            $"{what}: {one.Context} tokens{(one.SkippedTokens > 0 ? $" ({one.SkippedTokens} of them random, not computed)" : "")}, "
            + $"cap {cap}, {threads} threads, {rounds} rounds of neighbours");
        var swap = what == "kv" ? await SwapFile.CreateAsync(folder, new ByteSize(2 * ByteSize.GiB), CancellationToken.None) : null;
        try
        {
            var device = what == "weights" ? path : DeviceReads.CreateFile(folder);
            if (what == "prefill")
                await PrefillAsync(one, cap, folder, rounds);
            else if (what == "edge")
                await EdgeAsync(one, folder, device, rounds);
            else
                await GenerationAsync(one, cap, swap is null ? SwapPolicy.Off : SwapPolicy.Allowed, (folder, device), rounds);
        }
        finally
        {
            if (swap is not null)
                await swap.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task GenerationAsync(TierMeasurement one, ByteSize cap, SwapPolicy swap, (string Folder, string Device) tier,
        int rounds)
    {
        // A few tokens are enough to recognise thrashing.
        var (slow, gains, shares) = (one with { Output = one.SkippedTokens > 0 ? 4 : 8 }, new List<double>(), new List<double>());
        var streamed = 0.0;
        for (var round = 0; round < rounds; round++)
        {
            var ram = await one.RunAsync(null, SwapPolicy.Off, null);
            var standard = round < StandardRounds ? await slow.RunAsync(cap, swap, null) : null;
            var before = DeviceReads.Measure(tier.Device, streamed);
            var managed = await one.RunAsync(cap, SwapPolicy.Off, new TierPlan { Folder = tier.Folder });
            ram.Print("in RAM");
            standard?.Print("standard");
            managed.Print("managed");
            if (managed is not { Generation: { } rate, Tier: { } use } || ram.Generation is not { } inRam)
                continue;
            streamed = CountStreamed(one, use);
            var speed = (before + DeviceReads.Measure(tier.Device, streamed)) / 2;
            var (limit, beside) = await FindLimitAsync(one, tier.Device, streamed, speed, inRam);
            shares.Add(rate / limit);
            if (standard?.Generation is { } its)
                gains.Add(rate / its);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  streamed {streamed / ByteSize.MiB:0} MiB a token at {speed / 1e9:0.00} GB/s, {speed / streamed:0.00} t/s, "
                + $"{beside / 1e9:0.00} GB/s beside computing; limit {limit:0.00} t/s, managed at {rate / limit:0%} of it"
                + $"{(standard?.Generation is { } s ? $", {rate / s:0.0} times standard" : "")}"));
        }
        Console.WriteLine($"managed / limit: {Describe(shares)}; managed / standard: {Describe(gains)}");
    }

    private static double CountStreamed(TierMeasurement one, TierUse use) =>
        (use.StreamedWeightBytes ?? 0) + (double)(use.StreamedKvBytes ?? 0) * one.Context / one.Window;

    // While a token computes, the device gives what it gives beside a computation, and its full bandwidth only until the next one computes:
    // reads take memory bandwidth and processor time, those of a virtual machine's disk most of all.
    private static async Task<(double Rate, double? Beside)> FindLimitAsync(TierMeasurement one, string device, double streamed,
        double speed, double inRam)
    {
        if (streamed <= 0)
            return (inRam, null);
        var (rate, beside) = await one.RunBesideReadsAsync(device, streamed);
        var computing = 1 / (rate ?? inRam);
        return (1 / (computing + Math.Max(0, streamed - (beside ?? speed) * computing) / speed), beside);
    }

    private static async Task EdgeAsync(TierMeasurement one, string folder, string device, int rounds)
    {
        var shape = ModelShapeReader.Read(ModelMetadata.FromFile(one.Path));
        var options = new TargetOptions { BatchTokens = one.Batch, FlashAttention = "on" };
        var need = 0L;
        // The page tables of the limit are a part of it.
        for (var pass = 0; pass < 3; pass++)
            need = MemoryForecast.Compute(shape, WallPredictor.CreateSettings(options, shape, need), one.Window).ResidentBytes
                ?? throw new InvalidOperationException($"{one.Path} has no forecast");
        Console.WriteLine($"the standard system needs {new ByteSize(need)} by the forecast");
        var patient = one with { Limits = s_patience };
        foreach (var percent in s_edges)
        {
            var cap = new ByteSize(need * (100 + percent) / 100);
            var shares = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var ram = await one.RunAsync(null, SwapPolicy.Off, null);
                var standard = await patient.RunAsync(cap, SwapPolicy.Off, null);
                var before = DeviceReads.Measure(device);
                var managed = await one.RunAsync(cap, SwapPolicy.Off, new TierPlan { Folder = folder });
                var speed = (before + DeviceReads.Measure(device)) / 2;
                if (managed is not { Generation: { } rate, Tier: { } use } || ram.Generation is not { } inRam)
                {
                    managed.Print("managed");
                    continue;
                }
                var (limit, _) = await FindLimitAsync(one, device, CountStreamed(one, use), speed, inRam);
                shares.Add(rate / Math.Max(limit, standard.Generation ?? 0));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {percent:+0;-0}%: in RAM {inRam:0.0}, standard {standard.Generation:0.0}, managed {rate:0.0} t/s with "
                    + $"{CountStreamed(one, use) / ByteSize.MiB:0} MiB streamed a token, limit {limit:0.0}"));
            }
            Console.WriteLine($"cap {cap} ({percent:+0;-0}%): managed / the better of standard and its limit: {Describe(shares)}");
        }
    }

    private static async Task PrefillAsync(TierMeasurement one, ByteSize cap, string folder, int rounds)
    {
        foreach (var batch in s_batches)
        {
            var (sized, shares, read) = (one with { Batch = batch }, new List<double>(), 0.0);
            for (var round = 0; round < rounds; round++)
            {
                var ram = await sized.RunAsync(null, SwapPolicy.Off, null);
                var managed = await sized.RunAsync(cap, SwapPolicy.Off, new TierPlan { Folder = folder });
                ram.Print("in RAM");
                managed.Print("managed");
                if (managed is not { Prefill: { } rate, Tier: { } use } || ram.Prefill is not { } inRam)
                    continue;
                shares.Add(rate / inRam);
                read = (use.PrefillReadBytes ?? 0) / 1e6 / one.Context;
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"batches of {batch,4}: managed / in RAM {Describe(shares)}, {read:0.0} MB from storage a token"));
        }
    }

    private static string Describe(List<double> values)
    {
        if (values.Count == 0)
            return "none";
        var sorted = values.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{median:0.00} ({sorted[0]:0.00} to {sorted[^1]:0.00})");
    }
}
