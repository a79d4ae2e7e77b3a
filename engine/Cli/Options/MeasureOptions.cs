using System.ComponentModel;
using System.Globalization;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Machine;
using MemoryWall.Runs;
using MemoryWall.Runs.Labels;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Http;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Options;

/// <summary>The options of every command that measures.</summary>
internal abstract class MeasureOptions : CommandSettings
{
    [CommandOption("-t|--target <TARGET>")]
    [Description("The server to measure: embedded, embedded:PRESET, embedded:FILE.gguf, ollama://HOST:PORT/MODEL, "
        + "llama-server://HOST:PORT, openai://HOST:PORT/MODEL, or an http(s) address")]
    [DefaultValue(TargetKind.Embedded)]
    public string Target { get; init; } = TargetKind.Embedded;

    [CommandOption("--kv-type <TYPE>")]
    [Description("Element type of the KV cache: f16, q8_0 or q4_0")]
    public string? KvType { get; init; }

    [CommandOption("--flash-attention <MODE>")]
    [Description("Flash attention: on, off or auto")]
    public string? FlashAttention { get; init; }

    [CommandOption("--load-mode <MODE>")]
    [Description("How the weights are loaded: mmap, no_mmap or mlock")]
    public string? LoadMode { get; init; }

    [CommandOption("--threads <COUNT>")]
    [Description("Threads for generation, and for prefill without --prefill-threads")]
    [Example(8)]
    public int? Threads { get; init; }

    [CommandOption("--prefill-threads <COUNT>")]
    [Description("Threads for prefill")]
    [Example(8)]
    public int? PrefillThreads { get; init; }

    [CommandOption("--batch <TOKENS>")]
    [Description("Prompt tokens in a batch, the same at every context")]
    [Example(512)]
    public int? Batch { get; init; }

    [CommandOption("--gpu-layers <COUNT>")]
    [Description("Layers on the GPU")]
    [Example(32)]
    public int? GpuLayers { get; init; }

    [CommandOption("--tier <FOLDER[,BUDGET]>")]
    [Description("Stream what does not fit in memory from storage in this folder, for example /mnt/nvme,2G (embedded server, Linux). "
        + "Default budget: what --cap leaves")]
    public string? Tier { get; init; }

    [CommandOption("--tier-storage <SIZE>")]
    [Description("Largest size of the tier on storage, for example 20G. The least recently used KV caches are removed first. "
        + "Default: the free space")]
    public string? TierStorage { get; init; }

    [CommandOption("--tier-bandwidth <RATE>")]
    [Description("Limit the tier to this bandwidth, for example 500MB/s. Results are labelled as emulated")]
    public string? TierBandwidth { get; init; }

    [CommandOption("--tier-latency <TIME>")]
    [Description("Add this latency to each transfer of the tier, for example 100us. Results are labelled as emulated")]
    public string? TierLatency { get; init; }

    [CommandOption("--prompt-as <FORM>")]
    [Description("text: the server tokenizes each prompt, as it does for users. ids: it gets token ids. Default: text where it gives "
        + "exactly the same tokens")]
    public string? PromptAs { get; init; }

    [CommandOption("--limit-load <SECONDS>")]
    [Description("Time limit for loading the model (default 900)")]
    [Example(900)]
    public double? LimitLoad { get; init; }

    [CommandOption("--limit-prefill <SECONDS>")]
    [Description("Time limit for the first token (default 3600)")]
    [Example(3600)]
    public double? LimitPrefill { get; init; }

    [CommandOption("--limit-generation <SECONDS>")]
    [Description("Time limit from the first token to the last (default 1800)")]
    [Example(1800)]
    public double? LimitGeneration { get; init; }

    [CommandOption("--limit-silence <SECONDS>")]
    [Description("Time limit between two chunks of the answer (default 300)")]
    [Example(300)]
    public double? LimitSilence { get; init; }

    [CommandOption("--api-key-variable <NAME>")]
    [Description("Environment variable that contains the target's API key")]
    public string? ApiKeyVariable { get; init; }

    [CommandOption("--api-key-file <FILE>")]
    [Description("File that contains the target's API key")]
    public string? ApiKeyFile { get; init; }

    [CommandOption("--allow-plain-http")]
    [Description("Allow http without TLS to another machine")]
    public bool AllowPlainHttp { get; init; }

    [CommandOption("--telemetry-hz <RATE>")]
    [Description("Telemetry readings in a second, 0 (none) to 100")]
    [DefaultValue(10.0)]
    public double TelemetryHz { get; init; } = 10;

    [CommandOption("--telemetry-from <LIST>")]
    [Description(ExporterOptions.FromDescription)]
    public string? TelemetryFrom { get; init; }

    [CommandOption("--telemetry-key-variable <NAME>")]
    [Description(ExporterOptions.VariableDescription)]
    public string? TelemetryKeyVariable { get; init; }

    [CommandOption("--telemetry-key-file <FILE>")]
    [Description(ExporterOptions.FileDescription)]
    public string? TelemetryKeyFile { get; init; }

    [CommandOption("--gguf <FILE>")]
    [Description("The GGUF file of an external server's model, for what the server does not report")]
    public string? Gguf { get; init; }

    [CommandOption("--cap <LIST>")]
    [Description("Limit the embedded server's memory: 700MiB, 50% (of RAM), or a list for one run each: 2G,1G,700M")]
    public string? Cap { get; init; }

    [CommandOption("--swap <LIST>")]
    [Description("Swap of a capped server: allowed, off, a size, or a list for one run each")]
    [DefaultValue("allowed")]
    public string Swap { get; init; } = "allowed";

    [CommandOption("--with-swap-file <SIZE>")]
    [Description("Use a swap file of this size, removed at the end (Linux, root)")]
    public string? WithSwapFile { get; init; }

    [CommandOption("--force")]
    [Description("Run although the forecast needs more memory than there is")]
    public bool Force { get; init; }

    [CommandOption("--dry-run")]
    [Description("Check the options and the plan, and start nothing")]
    public bool DryRun { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--label <NAME>")]
    [Description("A name for what is measured, for example before; memwall runs rename changes it")]
    public string? Label { get; init; }

    [CommandOption("--note <TEXT>")]
    [Description("A note that is stored with what is measured")]
    public string? Note { get; init; }

    [CommandOption("--json")]
    [Description("Write one JSON object to standard output, everything else to standard error")]
    public bool Json { get; init; }

    /// <summary>The memory caps in the order written; a single null without <c>--cap</c>.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public IReadOnlyList<CapPlan?> ToCaps()
    {
        var swaps = OptionParser.Parse("--swap",
            () => Swap.Split(',', StringSplitOptions.TrimEntries).Select(CapPlans.ParseSwap).Distinct().ToList());
        if (Cap is null)
            return Swap == CapPlans.SwapAllowed && WithSwapFile is null
                ? [null]
                : throw new FormatException("--swap and --with-swap-file need --cap; for example --cap 700MiB");
        return OptionParser.Parse("--cap", () => CapPlans.ParseSizes(Cap, MachineReader.Read())
            .SelectMany(size => swaps.Select(swap => new CapPlan { Bytes = size.Bytes, SwapBytes = swap }))
            .ToList());
    }

    /// <summary>How prompts are sent; null for the default.</summary>
    /// <exception cref="FormatException">The form is unknown.</exception>
    public PromptForm? ToPromptForm() => OptionParser.Parse("--prompt-as", () => PromptForms.Parse(PromptAs));

    /// <summary>The settings of the run that are not part of its plan.</summary>
    public SweepSettings ToSettings() => new()
    {
        RunsDirectory = RunsDirectory.Resolve(Runs),
        Force = Force,
        Label = OptionParser.Parse("--label", () => RunLabel.ParseLabel(Label)),
        Note = OptionParser.Parse("--note", () => RunLabel.ParseNote(Note)),
        Connection = new ConnectionOptions
        {
            ApiKey = ApiKeyOption.Read(ApiKeyVariable, ApiKeyFile),
            AllowPlainHttp = AllowPlainHttp,
        },
        ExporterConnection = ExporterOptions.Connect(TelemetryKeyVariable, TelemetryKeyFile, AllowPlainHttp),
        GgufPath = Gguf,
        TelemetryInterval = TelemetryHz switch
        {
            < 1 when TelemetryFrom is not null => throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"--telemetry-hz: {TelemetryHz} is too few for {ExporterOptions.From}, which is read once a second; give 1 or more")),
            0 => null,
            > 0 and <= 100 => TimeSpan.FromSeconds(1 / TelemetryHz),
            _ => throw new FormatException(
                string.Create(CultureInfo.InvariantCulture,
                    $"--telemetry-hz: {TelemetryHz} is not a rate from 0 (none) to 100; for example --telemetry-hz 10")),
        },
    };

    /// <summary>The exporters' addresses as a plan stores them; null for none.</summary>
    /// <exception cref="FormatException">An address cannot be used.</exception>
    protected IReadOnlyList<string>? ToTelemetryFrom() =>
        ExporterOptions.Parse(TelemetryFrom) is { } addresses ? [.. addresses.Select(address => address.ToString())] : null;

    /// <summary>The time limits; the defaults where an option was not given.</summary>
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

    /// <summary>The settings of the target, ignoring the options of the storage tier.</summary>
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

    // A timer accepts at most about 49 days.
    private static TimeSpan? ParseTimeLimit(string option, double? seconds) => seconds switch
    {
        null => null,
        > 0 and < 30 * 24 * 3600 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new FormatException(
            string.Create(CultureInfo.InvariantCulture,
                $"{option}: {seconds} is not a time limit; write seconds above 0, at most 30 days")),
    };
}
