using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The storage tier with mixtures of experts, against the standard system at the same cap and the model in RAM; they take turns. Routing
/// of two kinds: each token its own experts (<c>moe-1b,locality=0.2</c>), and as local as in trained models (<c>moe-1b</c>). Caps of a half
/// and of a quarter of the model. A managed result is compared with its limit: a token reads its missing experts at the bandwidth of reads
/// of experts, measured when that server started, and computes as long as it does in RAM. Options: rounds (default 3), folder (default the
/// temporary folder), threads (default 2). Prints a verdict for each aim. Needs the permission to make caps.
/// </summary>
internal static class ExpertBenchmark
{
    private const int PromptTokens = 1024;
    private const int Batch = 256;
    private const int SmallBatch = 32;
    private const int OutputTokens = 96;

    // A few tokens are enough to recognise thrashing.
    private const int StandardTokens = 8;

    private static readonly PhaseLimits s_patience = new() { Prefill = TimeSpan.FromSeconds(40), Generation = TimeSpan.FromSeconds(40) };

    public static async Task RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
        var folder = args.Length > 1 ? args[1] : Path.GetTempPath();
        var threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2;
        folder = Directory.CreateDirectory(Path.Combine(folder, $"memwall-experts-{Environment.ProcessId}")).FullName;
        try
        {
            var uniform = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse("moe-1b,locality=0.2"));
            var local = await SyntheticModelCache.EnsureAsync(SyntheticSpec.MoeOneB);
            var half = new ByteSize(new FileInfo(uniform).Length / 2);
            var quarter = new ByteSize(new FileInfo(uniform).Length / 4);
            Console.WriteLine(
                $"prompts of {PromptTokens} in batches of {Batch}, {threads} threads, caps {half} and {quarter}, {rounds} rounds");
            var (u, l, q) = (new ExpertRounds("uniform, half", half), new ExpertRounds("published locality, half", half),
                new ExpertRounds("published locality, quarter", quarter));
            var answers = (Managed: 0, Standard: 0);
            for (var round = 0; round < rounds; round++)
            {
                await u.MeasureAsync(new TierMeasurement(uniform, PromptTokens, 0, Batch, OutputTokens, threads), folder, StandardTokens);
                await l.MeasureAsync(new TierMeasurement(local, PromptTokens, 0, Batch, OutputTokens, threads), folder, null);
                // Both get the same request and the same time.
                var small = new TierMeasurement(local, PromptTokens / 4, 0, SmallBatch, OutputTokens, threads) { Limits = s_patience };
                var (managed, standard) = await q.MeasureAsync(small, folder, OutputTokens);
                answers = (answers.Managed + (managed ? 1 : 0), answers.Standard + (standard ? 1 : 0));
            }
            foreach (var kind in (ExpertRounds[])[u, l, q])
                kind.Print();
            u.Judge("generation, at least 25 times standard", u.Gains, 25);
            u.Judge("generation, at least 85% of the limit with computing", u.Shares, 0.85);
            u.Judge("prefill, at least 85% of RAM", u.PrefillShares, 0.85);
            l.Judge("generation, at least 60% of RAM", l.RamShares, 0.60);
            Console.WriteLine($"{(answers.Managed == rounds ? "reached" : "MISSED")}: under a quarter of the model the managed tier "
                + $"answered {answers.Managed} of {rounds} times, the standard system {answers.Standard} times within "
                + $"{s_patience.Prefill.TotalSeconds:0} s for a phase");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>The rounds of one model under one cap.</summary>
internal sealed class ExpertRounds(string name, ByteSize cap)
{
    public List<double> Gains { get; } = [];

    public List<double> Shares { get; } = [];

    public List<double> RamShares { get; } = [];

    public List<double> PrefillShares { get; } = [];

    /// <summary>Measures one round.</summary>
    /// <param name="one">The measurement.</param>
    /// <param name="folder">The tier's folder.</param>
    /// <param name="standardTokens">Tokens that the standard system generates; null to leave it out.</param>
    /// <returns>Which of the two systems under the cap answered.</returns>
    public async Task<(bool Managed, bool Standard)> MeasureAsync(TierMeasurement one, string folder, int? standardTokens)
    {
        var ram = await one.RunAsync(null, SwapPolicy.Off, null);
        var slow = standardTokens is { } some ? await (one with { Output = some }).RunAsync(cap, SwapPolicy.Off, null) : null;
        var managed = await one.RunAsync(cap, SwapPolicy.Off, new TierPlan { Folder = folder });
        Console.WriteLine(name);
        ram.Print("  in RAM");
        slow?.Print("  standard");
        managed.Print("  managed");
        if (managed is { Generation: { } rate, Prefill: { } prefill, Tier: { } tier }
            && ram is { Generation: { } inRam, Prefill: { } fill })
            Add(one, (rate, prefill), (inRam, fill), tier);
        if (managed.Generation is { } its && slow?.Generation is { } standards)
            Gains.Add(its / standards);
        return (managed.Generation is not null, slow?.Generation is not null);
    }

    public void Print() => Console.WriteLine($"{name}: generation / RAM {Describe(RamShares)}, / limit {Describe(Shares)}, / standard "
        + $"{Describe(Gains)}; prefill / RAM {Describe(PrefillShares)}");

    public void Judge(string aim, List<double> values, double least) =>
        Console.WriteLine($"{(values.Count > 0 && Median(values) >= least ? "reached" : "MISSED")}: {name}: {aim}: {Describe(values)}");

    private void Add(TierMeasurement one, (double Rate, double Prefill) managed, (double Rate, double Prefill) ram, TierUse tier)
    {
        RamShares.Add(managed.Rate / ram.Rate);
        PrefillShares.Add(managed.Prefill / ram.Prefill);
        if (tier is not { GenerationExpertMissedBytes: { } missed, GenerationExpertBytes: { } used, DirectReadBytesPerSecond: { } speed })
        {
            Console.WriteLine("  no pool: all experts fit into memory");
            return;
        }
        var tokens = one.Output - 1;
        var reading = missed / (double)tokens / speed;
        var limit = 1 / (reading + 1 / ram.Rate);
        Shares.Add(managed.Rate / limit);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  pool {tier.ExpertPoolBytes / ByteSize.MiB} of {tier.ExpertBytes / ByteSize.MiB} MiB; a token uses "
            + $"{used / 1e6 / tokens:0.0} MB, of which {missed / 1e6 / tokens:0.0} MB are missing (hits {1 - missed / (double)used:0%}; "
            + $"of an eighth {tier.GenerationExpertHitsOfEighth / (double?)tier.GenerationExpertUses:0%}, of a quarter "
            + $"{tier.GenerationExpertHitsOfQuarter / (double?)tier.GenerationExpertUses:0%}); waits "
            + $"{tier.GenerationExpertWait?.TotalMilliseconds / tokens:0.0} ms; device {speed / 1e9:0.00} GB/s: limit "
            + $"{1 / reading:0.0} t/s, with computing {limit:0.0} t/s, managed at {managed.Rate / limit:0%} of it and "
            + $"{managed.Rate / ram.Rate:0%} of RAM"));
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Describe(List<double> values) => values.Count == 0 ? "none" : string.Create(CultureInfo.InvariantCulture,
        $"{Median(values):0.00} ({values.Min():0.00} to {values.Max():0.00})");
}
