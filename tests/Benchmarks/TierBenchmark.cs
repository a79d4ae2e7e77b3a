using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Caps.Linux;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares the storage tier with the standard system at the same memory cap, and both with the model in RAM; they alternate.
/// <c>weights</c>: weights beyond the cap, which the standard system maps. <c>kv</c>: a KV cache beyond the cap, which the standard
/// system swaps; its cells are filled with random values instead of being computed. Each managed result is printed with its limit: the
/// rate in RAM or, where that is lower, the direct-read bandwidth measured at its start divided by the bytes streamed per token.
/// <c>prefill</c>: weights beyond the cap in batches of several sizes; each batch reads the streamed bytes once. Options: weights, kv or
/// prefill, cap in MiB (default 700), rounds (default 3), folder (default the temporary folder), threads (default 2), and for
/// <c>weights</c> prompt tokens in a batch (default 128). <c>experts</c>: see <see cref="ExpertBenchmark"/>. Needs the permission to make
/// caps; <c>kv</c> needs root for its swap file.
/// </summary>
internal static class TierBenchmark
{
    private static readonly int[] s_batches = [8, 32, 128, 512];

    public static async Task RunAsync(string[] args)
    {
        if (args is ["experts", ..])
        {
            await ExpertBenchmark.RunAsync(args[1..]);
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
        var path = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(what == "kv" ? "small" : "1b"));
        var one = what switch
        {
            // Under a tight cap a large batch takes memory from the weights: 64 of 700 MiB in batches of 512.
            "weights" => new TierMeasurement(path, 512, 0, batch, 32, threads),
            "kv" => new TierMeasurement(path, 32_768, 32_704, 512, 24, threads),
            "prefill" => new TierMeasurement(path, 512, 0, 512, 2, threads),
            _ => throw new ArgumentException($"'{what}' is none of weights, kv and prefill"),
        };
        Console.WriteLine(
            $"{what}: {one.Context} tokens{(one.SkippedTokens > 0 ? $" ({one.SkippedTokens} of them random, not computed)" : "")}, "
            + $"cap {cap}, {threads} threads, {rounds} rounds of neighbours");
        var swap = what == "kv" ? await SwapFile.CreateAsync(folder, new ByteSize(2 * ByteSize.GiB), CancellationToken.None) : null;
        try
        {
            if (what == "prefill")
                await PrefillAsync(one, cap, folder);
            else
                await GenerationAsync(one, cap, swap is null ? SwapPolicy.Off : SwapPolicy.Allowed, folder, rounds);
        }
        finally
        {
            if (swap is not null)
                await swap.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task GenerationAsync(TierMeasurement one, ByteSize cap, SwapPolicy swap, string folder, int rounds)
    {
        // A few tokens are enough to recognise thrashing.
        var (slow, gains, shares) = (one with { Output = one.SkippedTokens > 0 ? 4 : 8 }, new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            var ram = await one.RunAsync(null, SwapPolicy.Off, null);
            var standard = await slow.RunAsync(cap, swap, null);
            var managed = await one.RunAsync(cap, SwapPolicy.Off, new TierPlan { Folder = folder });
            ram.Print("in RAM");
            standard.Print("standard");
            managed.Print("managed");
            if (managed is not { Generation: { } rate, Tier: { } tier } || ram.Generation is not { } inRam)
                continue;
            var streamed = tier.StreamedWeightBytes + (double?)tier.StreamedKvBytes * one.Context / one.Window ?? 0;
            var limit = tier.DirectReadBytesPerSecond is { } speed && streamed > 0 ? Math.Min(inRam, speed / streamed) : inRam;
            shares.Add(rate / limit);
            if (standard.Generation is { } its)
                gains.Add(rate / its);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  streamed {streamed / ByteSize.MiB:0} MiB a token at {tier.DirectReadBytesPerSecond / 1e9:0.00} GB/s; limit "
                + $"{limit:0.00} t/s, managed at {rate / limit:0%} of it, "
                + $"{(standard.Generation is { } s ? $"{rate / s:0.0} times standard" : "standard gave no rate")}"));
        }
        Console.WriteLine($"managed / limit: {Describe(shares)}; managed / standard: {Describe(gains)}");
    }

    private static async Task PrefillAsync(TierMeasurement one, ByteSize cap, string folder)
    {
        foreach (var batch in s_batches)
        {
            var ram = await (one with { Batch = batch }).RunAsync(null, SwapPolicy.Off, null);
            var managed = await (one with { Batch = batch }).RunAsync(cap, SwapPolicy.Off, new TierPlan { Folder = folder });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"batches of {batch,4}: in RAM {ram.Prefill,6:0.0} t/s, managed {managed.Prefill,6:0.0} t/s "
                + $"({managed.Prefill / ram.Prefill:0%}), {managed.Tier?.PrefillReadBytes / 1e6 / one.Context:0.0} MB from storage a "
                + $"token"));
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
