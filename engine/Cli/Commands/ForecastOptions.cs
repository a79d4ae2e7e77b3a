using System.ComponentModel;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Sweeps;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall forecast</c>.</summary>
internal sealed class ForecastOptions : CommandSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("A well-known model (llama-3.1-8b), a synthetic preset or shape (nano), a GGUF file, or a server's model (ollama://HOST:PORT/MODEL)")]
    [DefaultValue("nano")]
    public string Model { get; init; } = "nano";

    [CommandOption("--weights <TYPE>")]
    [Description("How a well-known model's weights are stored: f16, q8_0, q4_k_m, … (default: the usual download)")]
    public string? Weights { get; init; }

    [CommandOption("-c|--contexts <LIST>")]
    [Description("Contexts: 2k,8k,32k or 2k..128k*2")]
    [DefaultValue("2k..128k*2")]
    public string Contexts { get; init; } = "2k..128k*2";

    [CommandOption("-b|--budget <SIZE>")]
    [Description("Memory that there is: 16GiB, 700M")]
    public string? Budget { get; init; }

    [CommandOption("--vram <SIZE>")]
    [Description("Accelerator memory beside the budget, which is then of RAM alone; for --gpu-layers")]
    public string? Vram { get; init; }

    [CommandOption("--gpu-layers <COUNT>")]
    [Description("Layers on the accelerator")]
    public int? GpuLayers { get; init; }

    [CommandOption("--kv-type <TYPE>")]
    [Description("Element type of the KV cache: f16, q8_0, q4_0, …")]
    public string? KvType { get; init; }

    [CommandOption("--flash-attention <MODE>")]
    [Description("on, off or auto")]
    public string? FlashAttention { get; init; }

    [CommandOption("--parallel <COUNT>")]
    [Description("Slots that share the context (llama-server's --parallel); each gets its part of it")]
    [DefaultValue(1)]
    public int Parallel { get; init; } = 1;

    [CommandOption("--json")]
    [Description("JSON on standard output")]
    public bool Json { get; init; }

    /// <summary>What decides memory beside the model.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public ForecastSettings ToSettings()
    {
        if (FlashAttention is not (null or "on" or "off" or "auto"))
            throw new FormatException($"--flash-attention: '{FlashAttention}' is not known; one of on, off, auto");
        return OptionParser.Parse("--kv-type",
            () => ForecastSettings.FromOptions(
                new TargetOptions { KvType = KvType, FlashAttention = FlashAttention, GpuLayers = GpuLayers }))
                with
        { Sequences = Parallel };
    }

    /// <summary>The memory that there is; null for no wall.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public MemoryBudget? ToBudget() => (Budget, Vram) switch
    {
        (null, null) => null,
        (null, _) => throw new FormatException("--vram: it is the memory beside a budget of RAM; give --budget too"),
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
            : throw new FormatException($"'{text}' is no memory at all; write for example 16GiB"));
}
