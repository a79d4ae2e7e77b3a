using System.Globalization;
using System.Runtime.InteropServices;
using MemoryWall.Embedded;
using MemoryWall.Facts;
using MemoryWall.Memory.Caps;
using MemoryWall.Prompts;
using MemoryWall.Targets;
using MemoryWall.Time;
using MemoryWall.Units;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The storage tier against the standard system at the same memory cap, and both against the model in RAM, taking turns. <c>weights</c>: weights beyond
/// the cap, mapped by the standard system. <c>kv</c>: a KV cache beyond the cap, which the standard system swaps; its cells are filled with random
/// values and not computed (jump). Each managed result stands beside its limit: the rate in RAM or, where that is less, the direct-read bandwidth
/// measured at its start over the bytes streamed for a token. Options: weights or kv, cap in MiB, rounds (default 3), folder (default the
/// temporary one), threads (default 2). Needs the right to make caps; <c>kv</c> needs root for its swap file.
/// </summary>
internal static partial class TierBenchmark
{
    private sealed record Case(string Preset, int Context, int Jump, int Batch, int Output, int StandardOutput, string KvType);

    private sealed record Result(double? Prefill, double? Generation, TierUse? Tier, string Note);

    public static async Task RunAsync(string[] args)
    {
        var what = args.Length > 0 ? args[0] : "weights";
        var one = what switch
        {
            "weights" => new Case("1b", 512, 0, 512, 32, 8, "f16"),
            "kv" => new Case("small", 32_768, 32_704, 512, 24, 4, "f16"),
            _ => throw new ArgumentException($"'{what}' is neither weights nor kv"),
        };
        var cap = new ByteSize((args.Length > 1 ? long.Parse(args[1], CultureInfo.InvariantCulture) : 700) * ByteSize.MiB);
        var rounds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3;
        var folder = Directory.CreateTempSubdirectory("memwall-tier-").FullName;
        if (args.Length > 3)
            folder = Directory.CreateDirectory(Path.Combine(args[3], Path.GetFileName(folder))).FullName;
        var threads = args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : 2;
        var path = await SyntheticModels.EnsureAsync(SyntheticSpec.Parse(one.Preset));
        Console.WriteLine($"{what}: {one.Preset}, {one.Context} tokens{(one.Jump > 0 ? $" ({one.Jump} of them random, not computed)" : "")}, cap {cap}, {threads} threads, {rounds} rounds of neighbours");
        var swap = what == "kv" ? await SwapFile.CreateAsync(folder, new ByteSize(2 * ByteSize.GiB), CancellationToken.None) : null;
        try
        {
            var (gains, shares) = (new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                var ram = await MeasureAsync(one, path, null, SwapPolicy.Off, null, one.Output, threads);
                var standard = await MeasureAsync(one, path, cap, swap is null ? SwapPolicy.Off : SwapPolicy.Allowed, null, one.StandardOutput, threads);
                var managed = await MeasureAsync(one, path, cap, SwapPolicy.Off, new TierPlan { Folder = folder }, one.Output, threads);
                Print("in RAM", ram);
                Print("standard", standard);
                Print("managed", managed);
                if (managed is not { Generation: { } rate, Tier: { } tier } || ram.Generation is not { } inRam)
                    continue;
                var window = (one.Context + one.Output + 16 + 255) / 256 * 256;
                var streamed = tier.StreamedWeightBytes + (double?)tier.StreamedKvBytes * one.Context / window ?? 0;
                var limit = tier.DirectReadBytesPerSecond is { } speed && streamed > 0 ? Math.Min(inRam, speed / streamed) : inRam;
                shares.Add(rate / limit);
                if (standard.Generation is { } slow)
                    gains.Add(rate / slow);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  streamed {streamed / ByteSize.MiB:0} MiB a token at {tier.DirectReadBytesPerSecond / 1e9:0.00} GB/s; limit {limit:0.00} t/s, managed at {rate / limit:0%} of it, {(standard.Generation is { } s ? $"{rate / s:0.0} times standard" : "standard gave no rate")}"));
            }
            Console.WriteLine($"managed / limit: {Describe(shares)}; managed / standard: {Describe(gains)}");
        }
        finally
        {
            if (swap is not null)
                await swap.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Result> MeasureAsync(Case one, string path, ByteSize? limit, SwapPolicy swap, TierPlan? tier, int output, int threads)
    {
        DropCache(path);
        await using var cap = limit is { } most ? MemoryCap.Create(most, swap) : null;
        var clock = RunClock.Start();
        try
        {
            var words = new List<string>();
            await using var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = one.Preset, Prepare = cap is null ? null : cap.Prepare, Log = words.Add }, CancellationToken.None);
            await using var target = EmbeddedClient.Of(server, one.Preset, new TargetOptions { BatchTokens = one.Batch, Threads = threads, KvType = one.KvType, FlashAttention = "on", Tier = tier }, clock);
            await target.ProbeAsync(CancellationToken.None);
            var prompts = await PromptFactory.CreateAsync(await target.VocabularyAsync(CancellationToken.None), null, new PromptSettings(), CancellationToken.None);
            var window = one.Context + one.Output + 16;
            var load = await target.LoadAsync(window, CancellationToken.None);
            var died = load.Outcome.IsCompleted ? null : await DeathAsync(server);
            if (!load.Outcome.IsCompleted)
                return new Result(null, null, null, died ?? $"{load.Outcome}");
            var prompt = (await prompts.BuildAsync(one.Context, 1)).Prompt!;
            var report = await target.InferAsync(new InferenceRequest(prompt, window, output, new PhaseLimits(), JumpTokens: one.Jump), null, CancellationToken.None);
            if (!report.Outcome.IsCompleted)
                return new Result(null, null, null, await DeathAsync(server) ?? $"{report.Outcome}");
            var evidence = cap?.Read();
            return new Result(
                (one.Context - one.Jump) / report.Native.Prefill?.TotalSeconds, (output - 1) / report.Native.Generation?.TotalSeconds, report.Tier,
                evidence is null ? "" : $"peak {new ByteSize(evidence.PeakBytes ?? 0)}, {evidence.LimitHits} limit hits, {evidence.FileRefaults} file and {evidence.AnonymousRefaults} anonymous refaults");
        }
        catch (EmbeddedServerException error)
        {
            return new Result(null, null, null, error.Message);
        }
    }

    private static async Task<string?> DeathAsync(EmbeddedServer server) => (await server.ExitAsync(TimeSpan.FromSeconds(2)))?.Describe();

    private static void Print(string system, Result result) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{system,-9} prefill {result.Prefill,8:0.0} t/s, generation {result.Generation,6:0.00} t/s  {result.Note}{Plan(result.Tier)}"));

    private static string Plan(TierUse? tier) => tier is null ? "" : string.Create(CultureInfo.InvariantCulture,
        $" | weights {tier.PinnedWeightBytes / ByteSize.MiB} pinned {tier.StreamedWeightBytes / ByteSize.MiB} streamed, KV {tier.PinnedKvBytes / ByteSize.MiB} pinned {tier.StreamedKvBytes / ByteSize.MiB} streamed, rings {tier.RingBytes / ByteSize.MiB} MiB, read {tier.GenerationReadBytes / 1_000_000} MB and wrote {tier.GenerationWrittenBytes / 1_000_000} MB in generation");

    private static string Describe(List<double> values)
    {
        if (values.Count == 0)
            return "none";
        var sorted = values.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{median:0.00} ({sorted[0]:0.00} to {sorted[^1]:0.00})");
    }

    // Cached pages stay charged to whoever read them first: under a cap they would be memory for nothing.
    private static void DropCache(string path)
    {
        using var file = File.OpenHandle(path);
        _ = AdviseFile(file.DangerousGetHandle().ToInt32(), 0, 0, 4);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int AdviseFile(int file, long offset, long length, int advice);
}
