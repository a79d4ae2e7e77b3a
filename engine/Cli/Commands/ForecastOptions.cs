using System.ComponentModel;
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

    [CommandOption("--parallel <COUNT>")]
    [Description("Slots that share the context evenly (llama-server's --parallel)")]
    [DefaultValue(1)]
    public int Parallel { get; init; } = 1;

    [CommandOption("--json")]
    [Description("Write JSON to standard output")]
    public bool Json { get; init; }

    /// <summary>The settings that decide how much memory a model takes.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public ForecastSettings ToSettings()
    {
        if (FlashAttention is not (null or "on" or "off" or "auto"))
            throw new FormatException($"--flash-attention: '{FlashAttention}' is unknown; write on, off or auto");
        var options = new TargetOptions { KvType = KvType, FlashAttention = FlashAttention, GpuLayers = GpuLayers };
        return OptionParser.Parse("--kv-type", () => ForecastSettings.FromOptions(options)) with { Sequences = Parallel };
    }

    /// <summary>The available memory; null without <c>--budget</c>.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public MemoryBudget? ToBudget() => (Budget, Vram) switch
    {
        (null, null) => null,
        (null, _) => throw new FormatException("--vram needs --budget, the available RAM; for example --budget 16GiB"),
        ({ } ram, null) => new MemoryBudget(ParseSize("--budget", ram)),
        ({ } ram, { } vram) => new MemoryBudget(ParseSize("--budget", ram), ParseSize("--vram", vram)),
    };

    /// <summary>The contexts of the table, in tokens.</summary>
    /// <exception cref="FormatException">The list cannot be read.</exception>
    public IReadOnlyList<int> ToContexts() =>
        OptionParser.Parse("--contexts", () => ContextList.Parse(Contexts).Select(tokens => tokens.Value).ToList());

    private static ByteSize ParseSize(string option, string text) => OptionParser.Parse(option, () =>
        ByteSize.Parse(text) is { Bytes: > 0 } size
            ? size
            : throw new FormatException($"'{text}' is not a size above 0; for example {option} 16GiB"));
}
