using System.ComponentModel;
using System.Globalization;
using MemoryWall.Facts;
using MemoryWall.Sweeps;
using MemoryWall.Targets.Http;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall sweep</c>.</summary>
internal sealed class SweepOptions : CommandSettings
{
    [CommandOption("-t|--target <TARGET>")]
    [Description("embedded[[:PRESET|:SHAPE|:FILE.gguf]], ollama://HOST:PORT/MODEL, llama-server://HOST:PORT, openai://HOST:PORT/MODEL, or an http(s) address")]
    [DefaultValue("embedded")]
    public string Target { get; init; } = "embedded";

    [CommandOption("-c|--contexts <LIST>")]
    [Description("Prompt tokens: 2k,8k,32k or 2k..128k*2 or 1k..4k+512 (k = 1024)")]
    [DefaultValue("2k,8k,32k")]
    public string Contexts { get; init; } = "2k,8k,32k";

    [CommandOption("-n|--output-tokens <COUNT>")]
    [Description("Output tokens of each trial, 2 or more")]
    [DefaultValue(64)]
    public int OutputTokens { get; init; } = 64;

    [CommandOption("-r|--repetitions <COUNT>")]
    [Description("Trials at each context")]
    [DefaultValue(1)]
    public int Repetitions { get; init; } = 1;

    [CommandOption("--warmups <COUNT>")]
    [Description("Trials before the first measured one, at the smallest context; stored, never averaged")]
    [DefaultValue(1)]
    public int Warmups { get; init; } = 1;

    [CommandOption("--concurrency <LIST>")]
    [Description("Streams at once, one level after the other: 1,2,4,8")]
    [DefaultValue("1")]
    public string Concurrency { get; init; } = "1";

    [CommandOption("--order <ORDER>")]
    [Description("shuffled, ascending or as-given")]
    [DefaultValue("shuffled")]
    public string Order { get; init; } = "shuffled";

    [CommandOption("--seed <NUMBER>")]
    [Description("Seed of the order and of the prompts' words")]
    [DefaultValue(1)]
    public int Seed { get; init; } = 1;

    [CommandOption("--document <FILE>")]
    [Description("Make the prompts from this text file instead of words of the vocabulary")]
    public string? Document { get; init; }

    [CommandOption("--warm-prefix")]
    [Description("Let the target use its prompt cache, on purpose; such trials are labelled")]
    public bool WarmPrefix { get; init; }

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

    [CommandOption("--adaptive")]
    [Description("After the plan's trials, place further ones where the crossover is least known, until it is known to 5%; it must lie between the contexts")]
    public bool Adaptive { get; init; }

    [CommandOption("--precision <SHARE>")]
    [Description("Repeat until the rates of every context are known this well, 2%, or the budget is spent")]
    public string? Precision { get; init; }

    [CommandOption("--budget <TIME>")]
    [Description("The time that trials may take in all, with --precision (default 10m)")]
    public string? Budget { get; init; }

    [CommandOption("--slo <LIMIT>")]
    [Description("A latency limit, ttft=2s,itl=100ms: says the largest context that meets it")]
    public string? Slo { get; init; }

    [CommandOption("--gguf <FILE>")]
    [Description("The GGUF file of a foreign target's model on this machine, for what its server does not tell")]
    public string? Gguf { get; init; }

    [CommandOption("--resume <RUN>")]
    [Description("Finish what is missing of a stored run; its own plan is used")]
    public string? Resume { get; init; }

    [CommandOption("--force")]
    [Description("Run although preflight forecasts that memory will not do")]
    public bool Force { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Where runs are kept (default data/runs of the checkout, or of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--json")]
    [Description("One JSON object on standard output; everything else goes to standard error")]
    public bool Json { get; init; }

    /// <summary>The plan that the options describe.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public SweepPlan ToPlan() => new()
    {
        Target = Target,
        Contexts = Read("--contexts", () => ContextList.Parse(Contexts)),
        OutputTokens = OutputTokens,
        Repetitions = Repetitions,
        Warmups = Warmups,
        Concurrency = Read("--concurrency", () => ParseLevels(Concurrency)),
        Seed = Seed,
        Order = Order switch
        {
            "shuffled" => TrialOrder.Shuffled,
            "ascending" => TrialOrder.Ascending,
            "as-given" => TrialOrder.AsGiven,
            _ => throw new FormatException($"--order: '{Order}' is not known; one of shuffled, ascending, as-given"),
        },
        Limits = ToLimits(),
        Options = new TargetOptions
        {
            KvType = KvType,
            FlashAttention = FlashAttention,
            LoadMode = LoadMode,
            Threads = Threads,
            PrefillThreads = PrefillThreads,
            BatchTokens = Batch,
            GpuLayers = GpuLayers,
        },
        Crossover = Adaptive ? new CrossoverPlan() : null,
        Precision = ToPrecision(),
        PromptKind = Document is null ? PromptKind.Words : PromptKind.Document,
        DocumentPath = Document is null ? null : Path.GetFullPath(Document),
        WarmPrefix = WarmPrefix,
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
                (null, { } file) => ReadKey(file),
                _ => throw new FormatException("--api-key-variable and --api-key-file: give one of the two"),
            },
            AllowPlainHttp = AllowPlainHttp,
        },
        GgufPath = Gguf,
        TelemetryInterval = TelemetryHz switch
        {
            0 => null,
            > 0 and <= 100 => TimeSpan.FromSeconds(1 / TelemetryHz),
            _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"--telemetry-hz: {TelemetryHz} is not a rate; 0 for none, up to 100")),
        },
    };

    private static ApiKey ReadKey(string file)
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

    private PrecisionPlan? ToPrecision()
    {
        var budget = OptionText.Time("--budget", Budget);
        return (OptionText.Share("--precision", Precision), budget) switch
        {
            (null, null) => null,
            (null, _) => throw new FormatException("--budget: it limits --precision, which is not given"),
            ({ } tolerance, null) => new PrecisionPlan { Tolerance = tolerance },
            ({ } tolerance, { } time) => new PrecisionPlan { Tolerance = tolerance, Budget = time },
        };
    }

    private PhaseLimits ToLimits()
    {
        var defaults = new PhaseLimits();
        return new PhaseLimits
        {
            Load = Seconds("--limit-load", LimitLoad) ?? defaults.Load,
            Prefill = Seconds("--limit-prefill", LimitPrefill) ?? defaults.Prefill,
            Generation = Seconds("--limit-generation", LimitGeneration) ?? defaults.Generation,
            Silence = Seconds("--limit-silence", LimitSilence) ?? defaults.Silence,
        };
    }

    // A timer takes at most about 49 days; a month is long enough for anybody and far from that edge.
    private static TimeSpan? Seconds(string option, double? seconds) => seconds switch
    {
        null => null,
        > 0 and < 30 * 24 * 3600 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{option}: {seconds} is not a time limit; seconds above 0, at most 30 days")),
    };

    private static IReadOnlyList<int> ParseLevels(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var level)
                ? level
                : throw new FormatException($"'{part}' is not a number of streams; write for example 1,2,4"))
            .Distinct()
            .ToList();

    private static T Read<T>(string option, Func<T> read)
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
