using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Machine.Linux;
using MemoryWall.Prompts;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Benchmarks;

/// <summary>One measurement of a system: a new server, under a cap if one is given, that loads, prefills and generates.</summary>
/// <param name="Path">The model.</param>
/// <param name="Context">Prompt tokens.</param>
/// <param name="SkippedTokens">Prompt tokens whose prefill is skipped; their cells get random values.</param>
/// <param name="Batch">Prompt tokens in one batch.</param>
/// <param name="Output">Tokens to generate.</param>
/// <param name="Threads">Threads for both phases.</param>
internal sealed record TierMeasurement(string Path, int Context, int SkippedTokens, int Batch, int Output, int Threads)
{
    /// <summary>The window to load, in whole blocks of cells.</summary>
    public int Window => (Context + Output + 16 + 255) / 256 * 256;

    /// <summary>How long each phase may take.</summary>
    public PhaseLimits Limits { get; init; } = new();

    /// <summary>The rate in RAM while the device reads for each token what the tier streams for it, and the bandwidth of these
    /// reads.</summary>
    /// <param name="device">The file to read.</param>
    /// <param name="bytesPerToken">What a token reads.</param>
    public async Task<(double? Rate, double? BytesPerSecond)> RunBesideReadsAsync(string device, double bytesPerToken)
    {
        await using var reads = new ReadsBeside(device, bytesPerToken);
        var result = await RunAsync(null, SwapPolicy.Off, null, mark =>
        {
            if (mark.Kind != MarkKind.Prefill)
                reads.Permit();
        });
        return (result.Generation, reads.BytesPerSecond);
    }

    public async Task<TierResult> RunAsync(ByteSize? limit, SwapPolicy swap, TierPlan? tier, Action<StreamMark>? live = null)
    {
        // Cached pages stay charged to the process that read them first and would take memory from the cap.
        if (OperatingSystem.IsLinux())
            PageCache.Drop(Path);
        await using var cap = limit is { } most ? MemoryCapFactory.Create(most, swap) : null;
        var clock = RunClock.Start();
        try
        {
            await using var server = await EmbeddedServer.StartAsync(
                new EmbeddedServerOptions
                {
                    ModelPath = Path,
                    ModelName = "model",
                    ConfigureStart = cap is null ? null : cap.ConfigureStart
                }, CancellationToken.None);
            await using var target = EmbeddedClient.Create(server, "model",
                new TargetOptions { BatchTokens = Batch, Threads = Threads, FlashAttention = "on", Tier = tier }, clock);
            await target.ProbeAsync(CancellationToken.None);
            var prompts = await PromptFactory.CreateAsync(await target.GetVocabularyAsync(CancellationToken.None), null,
                new PromptSettings(), CancellationToken.None);
            var load = await target.LoadAsync(Window, CancellationToken.None);
            if (!load.Outcome.IsCompleted)
                return new TierResult(null, null, null, await DeathAsync(server) ?? $"{load.Outcome}");
            var loaded = cap?.ReadCounters();
            var prompt = (await prompts.BuildAsync(Context, 1)).Prompt!;
            var report = await target.InferAsync(
                new InferenceRequest(prompt, Window, Output, Limits, SkipPromptTokens: SkippedTokens),
                live, CancellationToken.None);
            if (!report.Outcome.IsCompleted)
                return new TierResult(null, null, null, await DeathAsync(server) ?? $"{report.Outcome}");
            var evidence = cap?.ReadCounters();
            return new TierResult(
                (Context - SkippedTokens) / report.Native.Prefill?.TotalSeconds, (Output - 1) / report.Native.Generation?.TotalSeconds,
                report.Tier,
                evidence is null
                    ? ""
                    : $"peak {new ByteSize(evidence.PeakBytes ?? 0)}, {evidence.LimitHits} limit hits, {evidence.FileRefaults} file and "
                        + $"{evidence.AnonymousRefaults} anonymous refaults, "
                        + $"{evidence.FileRefaults - loaded?.FileRefaults} file refaults after loading");
        }
        catch (EmbeddedServerException error)
        {
            return new TierResult(null, null, null, error.Message);
        }
    }

    private static async Task<string?> DeathAsync(EmbeddedServer server) =>
        (await server.WaitForExitAsync(TimeSpan.FromSeconds(2)))?.Describe();
}

/// <summary>The result of one measurement.</summary>
/// <param name="Prefill">Tokens a second; null where there were none.</param>
/// <param name="Generation">Tokens a second; null where there were none.</param>
/// <param name="Tier">What the tier did.</param>
/// <param name="Note">The cap's counters, or why there is no rate.</param>
internal sealed record TierResult(double? Prefill, double? Generation, TierUse? Tier, string Note)
{
    public void Print(string system) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{system,-9} prefill {Prefill,8:0.0} t/s, generation {Generation,6:0.00} t/s  {Note}{Plan()}"));

    private string Plan() => Tier is not { } tier ? "" : string.Create(CultureInfo.InvariantCulture,
        $" | weights {tier.PinnedWeightBytes / ByteSize.MiB} pinned {tier.StreamedWeightBytes / ByteSize.MiB} streamed, KV "
        + $"{tier.PinnedKvBytes / ByteSize.MiB} pinned {tier.StreamedKvBytes / ByteSize.MiB} streamed, rings "
        + $"{tier.RingBytes / ByteSize.MiB} MiB, read {tier.GenerationReadBytes / 1_000_000} MB and wrote "
        + $"{tier.GenerationWrittenBytes / 1_000_000.0:0.0} MB in generation");
}
