using System.ComponentModel;
using System.Globalization;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Sweeps.Setup;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall forecast</c>.</summary>
internal sealed class ForecastOptions : CommandSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("A well-known model (llama-3.1-8b), a synthetic preset or shape (nano), a GGUF file, or a server's model "
        + "(ollama://HOST:PORT/MODEL)")]
    [DefaultValue("nano")]
    public string Model { get; init; } = "nano";

    [CommandOption("--weights <TYPE>")]
    [Description("Quantisation of a well-known model: f16, q8_0, q4_k_m, … (default: the usual download)")]
    public string? Weights { get; init; }

    [CommandOption("-c|--contexts <LIST>")]
    [Description("Context tokens: 2k,8k,32k or 2k..128k*2")]
    [DefaultValue("2k..128k*2")]
    public string Contexts { get; init; } = "2k..128k*2";

    [CommandOption("-b|--budget <SIZE>")]
    [Description("Available memory: 16GiB, 700M")]
    public string? Budget { get; init; }

    [CommandOption("--vram <SIZE>")]
    [Description("Available GPU memory, for --gpu-layers; --budget is then RAM alone")]
    public string? Vram { get; init; }

    [CommandOption("--gpu-layers <COUNT>")]
    [Description("Layers on the GPU")]
    [Example(32)]
    public int? GpuLayers { get; init; }

    [CommandOption("--kv-type <TYPE>")]
    [Description("Element type of the KV cache: f16, q8_0, q4_0, …")]
    public string? KvType { get; init; }

    [CommandOption("--flash-attention <MODE>")]
    [Description("Flash attention: on, off or auto")]
    public string? FlashAttention { get; init; }

    [CommandOption("--cache-type-k <TYPE>")]
    [Description("Element type of the keys alone")]
    public string? KeyType { get; init; }

    [CommandOption("--cache-type-v <TYPE>")]
    [Description("Element type of the values alone")]
    public string? ValueType { get; init; }

    [CommandOption("--parallel <COUNT>")]
    [Description("Slots of the server; auto is llama-server's default, 4 that share one cache")]
    [DefaultValue("auto")]
    public string Parallel { get; init; } = "auto";

    [CommandOption("--unified")]
    [Description("The slots share one cache (default for auto)")]
    public bool Unified { get; init; }

    [CommandOption("--no-unified")]
    [Description("Each slot has its part of the context (default for a number of slots)")]
    public bool NotUnified { get; init; }

    [CommandOption("--swa-full")]
    [Description("Sliding-window layers store the whole context")]
    public bool SwaFull { get; init; }

    [CommandOption("--batch <TOKENS>")]
    [Description("Prompt tokens in one call (default: 2048)")]
    public int? Batch { get; init; }

    [CommandOption("--ubatch <TOKENS>")]
    [Description("Tokens computed at once (default: 512)")]
    public int? MicroBatch { get; init; }

    [CommandOption("--no-kv-offload")]
    [Description("The KV cache stays in RAM")]
    public bool NoKvOffload { get; init; }

    [CommandOption("--draft-max <TOKENS>")]
    [Description("Tokens that the model's own prediction layers draft (MTP; default: 0, no drafts)")]
    public int DraftMax { get; init; }

    [CommandOption("--mmproj <FILE>")]
    [Description("GGUF file of a multimodal projector, whose weights are added")]
    public string? Projector { get; init; }

    [CommandOption("--build <NUMBER>")]
    [Description("Build number of the llama-server, which decides how much it reserves (default: a build of the day)")]
    [Example(9000)]
    public int? Build { get; init; }

    [CommandOption("--log <FILE>")]
    [Description("Log of a llama-server (-lv 4) or of a --fit run, laid beside the forecast part by part")]
    public string? Log { get; init; }

    [CommandOption("--json")]
    [Description("Write JSON to standard output")]
    public bool Json { get; init; }

    /// <summary>The settings that decide how much memory a model takes.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public ForecastSettings ToSettings()
    {
        if (FlashAttention is not (null or "on" or "off" or "auto"))
            throw new FormatException($"--flash-attention: '{FlashAttention}' is unknown; write on, off or auto");
        if (Unified && NotUnified)
            throw new FormatException("--unified and --no-unified cannot both be given");
        var options = new TargetOptions { KvType = KvType, FlashAttention = FlashAttention, GpuLayers = GpuLayers };
        var settings = OptionParser.Parse("--kv-type", () => ForecastSettings.FromOptions(options));
        return ToServer().Apply(settings with
        {
            KeyType = KeyType is null ? settings.KeyType : OptionParser.Parse("--cache-type-k", () => KvCacheType.Parse(KeyType)),
            ValueType = ValueType is null ? settings.ValueType : OptionParser.Parse("--cache-type-v", () => KvCacheType.Parse(ValueType)),
            FullSlidingWindow = SwaFull,
            BatchTokens = Batch ?? settings.BatchTokens,
            MicroBatchTokens = MicroBatch ?? settings.MicroBatchTokens,
            KvOnHost = NoKvOffload,
            ProjectorBytes = Projector is null ? 0 : ForecastModelResolver.ReadWeightBytes("--mmproj", Projector),
        });
    }

    private ServerOptions ToServer() => new()
    {
        Slots = Parallel == "auto" ? null
            : int.TryParse(Parallel, NumberStyles.None, CultureInfo.InvariantCulture, out var slots) ? slots
            : throw new FormatException($"--parallel: '{Parallel}' is neither auto nor a number of slots"),
        Unified = Unified ? true : NotUnified ? false : null,
        Build = Build,
        DraftTokens = DraftMax,
    };

    /// <summary>The available memory; null without <c>--budget</c>.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public MemoryBudget? ToBudget() => (Budget, Vram) switch
    {
        (null, null) => null,
        (null, _) => throw new FormatException("--vram needs --budget, the available RAM; for example --budget 16GiB"),
        ({ } ram, null) => new MemoryBudget(ParseSize("--budget", ram)),
        ({ } ram, { } vram) => new MemoryBudget(ParseSize("--budget", ram), ParseSize("--vram", vram)),
    };

    /// <summary>The log to compare with; null without one.</summary>
    /// <exception cref="FormatException">The file cannot be read, or it has no line about memory.</exception>
    public ServerLog? ReadLog()
    {
        if (Log is null)
            return null;
        try
        {
            var log = ServerLog.Read(File.ReadLines(Log));
            return log.HasMemory ? log : throw new FormatException($"--log: '{Log}' has no line about memory; start the server with -lv 4");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--log: '{Log}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The contexts of the table, in tokens.</summary>
    /// <exception cref="FormatException">The list cannot be read.</exception>
    public IReadOnlyList<int> ToContexts() =>
        OptionParser.Parse("--contexts", () => ContextList.Parse(Contexts).Select(tokens => tokens.Value).ToList());

    private static ByteSize ParseSize(string option, string text) => OptionParser.Parse(option, () =>
        ByteSize.Parse(text) is { Bytes: > 0 } size
            ? size
            : throw new FormatException($"'{text}' is not a size above 0; for example {option} 16GiB"));
}
