using System.ComponentModel;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Units;
using MemoryWall.Models.Paged;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of a forecast for a server with a paged cache, whose model is a folder with <c>config.json</c>.</summary>
internal abstract class PagedOptions : CommandSettings
{
    [CommandOption("--engine <NAME>")]
    [Description("Server of a model folder: vllm or sglang (default: vllm)")]
    public string? Engine { get; init; }

    [CommandOption("--gpu-memory-utilization <SHARE>")]
    [Description("Share of --vram that vLLM takes, as SGLang's --mem-fraction-static (default: 0.9)")]
    [Example(0.85)]
    public double? Utilization { get; init; }

    [CommandOption("--tensor-parallel <COUNT>")]
    [Description("GPUs that share each layer in vLLM or SGLang (default: 1)")]
    [Example(2)]
    public int? TensorParallel { get; init; }

    [CommandOption("--block-size <TOKENS>")]
    [Description("Tokens of a block of vLLM's cache (default: 16; SGLang: 1)")]
    [Example(32)]
    public int? BlockSize { get; init; }

    [CommandOption("--kv-cache-dtype <TYPE>")]
    [Description("Element type of vLLM's cache: auto, fp8, bfloat16, … (default: auto, as the model)")]
    public string? PagedCacheType { get; init; }

    [CommandOption("--max-num-batched-tokens <TOKENS>")]
    [Description("Tokens that vLLM computes at once (default: 8192)")]
    [Example(8192)]
    public int? BatchedTokens { get; init; }

    [CommandOption("--max-model-len <TOKENS>")]
    [Description("The longest request of vLLM (default: as the model has it)")]
    public string? MaxModelLength { get; init; }

    [CommandOption("--kv-cache-memory <SIZE>")]
    [Description("Memory of vLLM's cache on each GPU, as its log has it, instead of an estimate: 18.78GiB")]
    public string? KvCacheMemory { get; init; }

    /// <summary>The settings of a server with a paged cache.</summary>
    /// <param name="vram">The memory of one GPU; null where it is not given.</param>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public PagedSettings ToPagedSettings(ByteSize? vram)
    {
        var engine = Engine switch
        {
            null or "vllm" => PagedEngine.Vllm,
            "sglang" => PagedEngine.Sglang,
            _ => throw new FormatException($"--engine: '{Engine}' is unknown; write vllm or sglang"),
        };
        var settings = new PagedSettings();
        return settings with
        {
            Engine = engine,
            GpuMemory = vram,
            Utilization = Utilization ?? settings.Utilization,
            TensorParallel = TensorParallel ?? settings.TensorParallel,
            BlockTokens = BlockSize ?? (engine == PagedEngine.Sglang ? 1 : settings.BlockTokens),
            KvElementBytes = PagedCacheType switch
            {
                null or "auto" => null,
                "bfloat16" or "float16" => 2,
                "fp8" or "fp8_e4m3" or "fp8_e5m2" or "fp8_inc" or "int8" => 1,
                _ => throw new FormatException($"--kv-cache-dtype: '{PagedCacheType}' is unknown; write auto, bfloat16, float16, fp8, "
                    + "fp8_e4m3, fp8_e5m2 or int8"),
            },
            BatchedTokens = BatchedTokens ?? settings.BatchedTokens,
            MaxModelTokens = MaxModelLength is null ? null
                : OptionParser.Parse("--max-model-len", () => TokenCount.Parse(MaxModelLength).Value),
            KvMemory = KvCacheMemory is null ? null : OptionParser.Parse("--kv-cache-memory", () => ByteSize.Parse(KvCacheMemory)),
        };
    }

    /// <summary>The first of these options that is given; null for none.</summary>
    public string? FindPagedOption() => new (string Name, object? Value)[]
    {
        ("--engine", Engine), ("--gpu-memory-utilization", Utilization), ("--tensor-parallel", TensorParallel),
        ("--block-size", BlockSize), ("--kv-cache-dtype", PagedCacheType), ("--max-num-batched-tokens", BatchedTokens),
        ("--max-model-len", MaxModelLength), ("--kv-cache-memory", KvCacheMemory),
    }.FirstOrDefault(option => option.Value is not null).Name;
}
