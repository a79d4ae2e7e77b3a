using System.ComponentModel;
using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Caps;
using MemoryWall.Sweeps;
using MemoryWall.Targets.Http;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of every command that measures a target.</summary>
internal abstract class MeasureOptions : CommandSettings
{
    [CommandOption("-t|--target <TARGET>")]
    [Description("embedded[[:PRESET|:SHAPE|:FILE.gguf]], ollama://HOST:PORT/MODEL, llama-server://HOST:PORT, openai://HOST:PORT/MODEL, or an http(s) address")]
    [DefaultValue("embedded")]
    public string Target { get; init; } = "embedded";

    [CommandOption("--kv-type <TYPE>")]
    [Description("Element type of the KV cache: f16, q8_0 or q4_0")]
    public string? KvType { get; init; }

    [CommandOption("--flash-attention <MODE>")]
    [Description("on, off or auto")]
    public string? FlashAttention { get; init; }

    [CommandOption("--load-mode <MODE>")]
    [Description("How weights come into memory: mmap, no_mmap or mlock")]
    public string? LoadMode { get; init; }

    [CommandOption("--threads <COUNT>")]
    [Description("Threads for generation, and for prefill unless --prefill-threads says otherwise")]
    public int? Threads { get; init; }

    [CommandOption("--prefill-threads <COUNT>")]
    [Description("Threads for prefill")]
    public int? PrefillThreads { get; init; }

    [CommandOption("--batch <TOKENS>")]
    [Description("Prompt tokens in one batch, the same for every context")]
    public int? Batch { get; init; }

    [CommandOption("--gpu-layers <COUNT>")]
    [Description("Layers on the accelerator")]
    public int? GpuLayers { get; init; }

    [CommandOption("--tier <FOLDER[[,BUDGET]]>")]
    [Description("Stream what does not fit in memory from this folder's device (Linux, embedded): /mnt/nvme or /mnt/nvme,2G; without a budget, what the cap leaves")]
    public string? Tier { get; init; }

    [CommandOption("--tier-storage <SIZE>")]
    [Description("The most that the tier may keep on its device: 20G; saved KV caches that were used longest ago go first. Default: what is free")]
    public string? TierStorage { get; init; }

    [CommandOption("--tier-bandwidth <RATE>")]
    [Description("Slow the tier down to a device of this rate: 500MB/s; such results are labelled as emulated")]
    public string? TierBandwidth { get; init; }

    [CommandOption("--tier-latency <TIME>")]
    [Description("Add this to each of the tier's transfers: 100us; such results are labelled as emulated")]
    public string? TierLatency { get; init; }

    [CommandOption("--limit-load <SECONDS>")]
    [Description("Longest load (default 900)")]
    public double? LimitLoad { get; init; }

    [CommandOption("--limit-prefill <SECONDS>")]
    [Description("Longest wait for the first token (default 3600)")]
    public double? LimitPrefill { get; init; }

    [CommandOption("--limit-generation <SECONDS>")]
    [Description("Longest time from the first token to the end (default 1800)")]
    public double? LimitGeneration { get; init; }

    [CommandOption("--limit-silence <SECONDS>")]
    [Description("Longest time between two chunks of the answer (default 300)")]
    public double? LimitSilence { get; init; }

    [CommandOption("--api-key-variable <NAME>")]
    [Description("Environment variable that holds the target's API key")]
    public string? ApiKeyVariable { get; init; }

    [CommandOption("--api-key-file <FILE>")]
    [Description("File that holds the target's API key")]
    public string? ApiKeyFile { get; init; }

    [CommandOption("--allow-plain-http")]
    [Description("Speak http without TLS to a host that is not this machine")]
    public bool AllowPlainHttp { get; init; }

    [CommandOption("--telemetry-hz <RATE>")]
    [Description("Readings of the machine in a second, 0 (none) to 100")]
    [DefaultValue(10.0)]
    public double TelemetryHz { get; init; } = 10;

    [CommandOption("--gguf <FILE>")]
    [Description("The GGUF file of a foreign target's model on this machine, for what its server does not tell")]
    public string? Gguf { get; init; }

    [CommandOption("--cap <LIST>")]
    [Description("Limit the embedded server's memory: 700MiB, 50% (of RAM), or a list, one run for each: 2G,1G,700M")]
    public string? Cap { get; init; }

    [CommandOption("--swap <LIST>")]
    [Description("What a capped server may swap: allowed, off, or a size; or a list, one run for each")]
    [DefaultValue("allowed")]
    public string Swap { get; init; } = "allowed";

    [CommandOption("--with-swap-file <SIZE>")]
    [Description("Make a swap file of this size, use it, and remove it at the end (Linux, root)")]
    public string? WithSwapFile { get; init; }

    [CommandOption("--force")]
    [Description("Run although preflight forecasts that memory will not do")]
    public bool Force { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Where runs are kept (default data/runs of the checkout, or of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--json")]
    [Description("One JSON object on standard output; everything else goes to standard error")]
    public bool Json { get; init; }

    /// <summary>The memory limits to run under, in the order written; one entry that is null where none was asked for.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public IReadOnlyList<CapPlan?> ToCaps()
    {
        var swaps = ParseOption("--swap", () => Swap.Split(',', StringSplitOptions.TrimEntries).Select(ParseSwap).Distinct().ToList());
        if (Cap is null)
            return Swap == "allowed" && WithSwapFile is null
                ? [null]
                : throw new FormatException("--swap and --with-swap-file say what a capped server may do; give --cap too");
        var machine = MachineReader.Read();
        var whole = new[] { machine.MemoryTotalBytes, machine.MemoryLimitBytes }.Min();
        return ParseOption("--cap", () => CapSize.ParseList(Cap)
            .Select(size => size.Percent is null || whole is not null
                ? size.Resolve(new ByteSize(whole ?? 0))
                : throw new FormatException($"'{size}' is a share of the RAM, which this machine does not tell; write a size"))
            .SelectMany(size => swaps.Select(swap => new CapPlan { Bytes = size.Bytes, SwapBytes = swap }))
            .ToList());
    }

    private static long? ParseSwap(string text) => text switch
    {
        "allowed" => null,
        "off" => 0,
        _ => ByteSize.TryParse(text, out var size)
            ? size.Bytes
            : throw new FormatException($"'{text}' is not known; allowed, off, or a size such as 1G"),
    };

    /// <summary>Where the run goes and how its target may be reached.</summary>
    public SweepSettings ToSettings() => new()
    {
        RunsDirectory = RunsDirectory.Resolve(Runs),
        Force = Force,
        Connection = new ConnectionOptions
        {
            ApiKey = (ApiKeyVariable, ApiKeyFile) switch
            {
                (null, null) => null,
                ({ } variable, null) => ApiKey.FromEnvironment(variable),
                (null, { } file) => ReadApiKeyFile(file),
                _ => throw new FormatException("--api-key-variable and --api-key-file: give one of the two"),
            },
            AllowPlainHttp = AllowPlainHttp,
        },
        GgufPath = Gguf,
        TelemetryInterval = TelemetryHz switch
        {
            0 => null,
            > 0 and <= 100 => TimeSpan.FromSeconds(1 / TelemetryHz),
            _ => throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"--telemetry-hz: {TelemetryHz} is not a rate; 0 for none, up to 100")),
        },
    };

    private static ApiKey ReadApiKeyFile(string file)
    {
        try
        {
            return ApiKey.FromFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--api-key-file: '{file}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The limits that were given, and defaults for the others.</summary>
    protected PhaseLimits ToLimits(PhaseLimits defaults) => new()
    {
        Load = ParseTimeLimit("--limit-load", LimitLoad) ?? defaults.Load,
        Prefill = ParseTimeLimit("--limit-prefill", LimitPrefill) ?? defaults.Prefill,
        Generation = ParseTimeLimit("--limit-generation", LimitGeneration) ?? defaults.Generation,
        Silence = ParseTimeLimit("--limit-silence", LimitSilence) ?? defaults.Silence,
    };

    /// <summary>The settings of the target.</summary>
    protected TargetOptions ToTargetOptions() =>
        ToTargetOptionsWithoutTier() with { Tier = TierOptionParser.Parse(Tier, TierStorage, TierBandwidth, TierLatency) };

    /// <summary>The settings of the target without a storage tier, whatever is said of one.</summary>
    protected TargetOptions ToTargetOptionsWithoutTier() => new()
    {
        KvType = KvType,
        FlashAttention = FlashAttention,
        LoadMode = LoadMode,
        Threads = Threads,
        PrefillThreads = PrefillThreads,
        BatchTokens = Batch,
        GpuLayers = GpuLayers,
    };

    // A timer takes at most about 49 days; a month is long enough for anybody and far from that edge.
    private static TimeSpan? ParseTimeLimit(string option, double? seconds) => seconds switch
    {
        null => null,
        > 0 and < 30 * 24 * 3600 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new FormatException(
            string.Create(CultureInfo.InvariantCulture, $"{option}: {seconds} is not a time limit; seconds above 0, at most 30 days")),
    };

    /// <summary>Reads an option and names it in the error.</summary>
    protected static T ParseOption<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new FormatException($"{option}: {error.Message}", error);
        }
    }
}
