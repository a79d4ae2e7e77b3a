using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Runs for cases that no sample run contains: walls, caps, hostile names.</summary>
internal static class Sample
{
    public const string Hostile = "<script>alert(1)</script>$\\href{x}$%{y}\"'>\u0001\u202e</title>]]>";

    private const long Mebi = 1 << 20;

    /// <summary>A model of 100 MiB whose cache grows by 16 KiB a token.</summary>
    public static ModelShape Shape { get; } = new()
    {
        Architecture = "llama",
        Name = "made by hand",
        EmbeddingLength = 512,
        VocabularySize = 1000,
        TrainedContextTokens = 65_536,
        ParameterCount = 100_000_000,
        WeightBytes = 100 * Mebi,
        ActiveWeightBytes = 100 * Mebi,
        FeedForwardLength = 1024,
        Layers = [.. Enumerable.Repeat(new AttentionLayer(8, 8, 64, 64), 8)],
    };

    public static Run Run(IReadOnlyList<Trial> trials, string id = "run-a", string model = "nano", CapPlan? cap = null,
        TargetOptions? options = null, ModelShape? shape = null) => new()
        {
            Manifest = new RunManifest
            {
                RunId = id,
                StartedUtc = new DateTimeOffset(2026, 1, 31, 14, 25, 30, TimeSpan.Zero),
                Plan = new SweepPlan
                {
                    Target = "embedded",
                    Contexts = [.. trials.Select(trial => trial.ContextTokens).Distinct().Select(context => new TokenCount(context))],
                    Cap = cap,
                    Options = options ?? new TargetOptions()
                },
                Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64", CpuModel = "a processor" },
                Target = new TargetFacts { Kind = "embedded", Endpoint = "http://127.0.0.1:1", Model = model, Shape = shape },
                EngineVersion = "1",
            },
            Trials = trials,
        };

    /// <summary>A completed trial with these seconds of prefill and generation.</summary>
    public static Trial Trial(int number, int context, double prefill, double generation, int output = 65, int repetition = 1) => new()
    {
        Number = number,
        ContextTokens = context,
        Repetition = repetition,
        OutputTokensAsked = output,
        WindowTokens = context + output + 16,
        CountedPromptTokens = context,
        CachedPromptTokens = 0,
        OutputTokens = output,
        Chunks = output,
        Client = new ClientTimings
        {
            Sent = Instant.FromSeconds(number * 1000.0),
            TimeToFirstToken = TimeSpan.FromSeconds(prefill),
            TimeToLastToken = TimeSpan.FromSeconds(prefill + generation),
            TimeToEnd = TimeSpan.FromSeconds(prefill + generation),
        },
        Native = new NativeTimings { Prefill = TimeSpan.FromSeconds(prefill), Generation = TimeSpan.FromSeconds(generation) },
        Outcome = new Completed(),
    };

    /// <summary>A trial that ended before its first token.</summary>
    public static Trial Failed(int number, int context, Outcome outcome) => new()
    {
        Number = number,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = 65,
        Client = new ClientTimings { Sent = Instant.FromSeconds(number * 1000.0), TimeToEnd = TimeSpan.FromSeconds(2) },
        Outcome = outcome,
    };

    /// <summary>Prefill at 1,000 tokens/s and generation at 64 tokens/s at every context.</summary>
    public static Run FlatRates(params int[] contexts) =>
        Run([.. contexts.Select((context, index) => Trial(index + 1, context, context / 1000.0, 1))]);

    /// <summary>A run under a cap without swap that works up to 8k and is killed at 16k.</summary>
    public static Run Killed() =>
        Run([Trial(1, 4096, 4.096, 1), Trial(2, 8192, 8.192, 1), Failed(3, 16_384, new OutOfMemory("the cgroup counted 1 kill"))],
        "run-killed", cap: new CapPlan { Bytes = 300 * Mebi, SwapBytes = 0 }, shape: Shape);

    /// <summary>A run that is 38 times slower at 16k than at 8k, with evidence of thrashing.</summary>
    public static Run Thrashing() =>
        Run([Trial(1, 4096, 4.096, 1), Trial(2, 8192, 8.192, 1),
            Trial(3, 16_384, 600, 79) with
            {
                Outcome = new Thrashing("2.1 GiB swapped in"), Memory = new TrialMemory { CapBytes = 300 * Mebi },
            }],
        "run-thrashing", cap: new CapPlan { Bytes = 300 * Mebi }, shape: Shape);

    /// <summary>The same contexts with a storage tier: all trials complete.</summary>
    public static Run Managed() =>
        Run([Trial(1, 4096, 5, 2), Trial(2, 8192, 10, 2),
            Trial(3, 16_384, 30, 8) with { Tier = new TierUse { StreamedKvBytes = 100 * Mebi } }],
        "run-managed", cap: new CapPlan { Bytes = 300 * Mebi }, options: new TargetOptions { Tier = new TierPlan { Folder = "tier" } },
        shape: Shape);
}
