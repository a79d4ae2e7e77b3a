using System.ComponentModel;
using System.Globalization;
using System.Net;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Sweeps.Plans;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Serving;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall serve</c>.</summary>
internal sealed class ServeOptions : CommandSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("The model: a GGUF file, a preset (nano, small, 1b, 8b, moe-small, moe-1b) or a shape (layers=8,embd=512,…)")]
    public string? Model { get; init; }

    [CommandOption("--name <NAME>")]
    [Description("The name under which the model is served (default: that of the file)")]
    public string? Name { get; init; }

    [CommandOption("-c|--context <TOKENS>")]
    [Description("The context window of every request (default: 4k, or what the model was trained for)")]
    public string? Context { get; init; }

    [CommandOption("--port <PORT>")]
    [Description("The port; 0 takes any free one")]
    [DefaultValue(11_534)]
    public int Port { get; init; } = 11_534;

    [CommandOption("--host <ADDRESS>")]
    [Description("The address to listen on. Other machines reach 0.0.0.0, which needs a key, and sends it without TLS")]
    [DefaultValue("127.0.0.1")]
    public string Host { get; init; } = "127.0.0.1";

    [CommandOption("--api-key-variable <NAME>")]
    [Description("Environment variable with the key that each request must carry (Authorization: Bearer …)")]
    public string? ApiKeyVariable { get; init; }

    [CommandOption("--api-key-file <FILE>")]
    [Description("File with that key")]
    public string? ApiKeyFile { get; init; }

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
    [Description("Prompt tokens in a batch")]
    [Example(512)]
    public int? Batch { get; init; }

    [CommandOption("--gpu-layers <COUNT>")]
    [Description("Layers on the GPU")]
    [Example(32)]
    public int? GpuLayers { get; init; }

    [CommandOption("--tier <FOLDER[,BUDGET]>")]
    [Description("Keep what does not fit in memory, and the KV caches of earlier conversations, in this folder: /mnt/nvme,2G (Linux). "
        + "Default budget: what --cap leaves")]
    public string? Tier { get; init; }

    [CommandOption("--tier-storage <SIZE>")]
    [Description("Largest size of the tier on storage, for example 20G (default: half of the free space). The least recently used "
        + "conversations are removed first")]
    public string? TierStorage { get; init; }

    [CommandOption("--cap <SIZE>")]
    [Description("Limit the server's memory: 700MiB, or 50% of RAM")]
    public string? Cap { get; init; }

    [CommandOption("--swap <SWAP>")]
    [Description("Swap of a capped server: allowed, off or a size")]
    [DefaultValue("allowed")]
    public string Swap { get; init; } = "allowed";

    /// <summary>What the options describe.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public ServePlan ToPlan()
    {
        var key = ApiKeyOption.Read(ApiKeyVariable, ApiKeyFile);
        var host = IPAddress.TryParse(Host, out var address)
            ? address
            : throw new FormatException($"--host: '{Host}' is not an IP address such as 127.0.0.1 or 0.0.0.0");
        if (key is null && !IPAddress.IsLoopback(host))
            throw new FormatException(
                $"--host: other machines can reach {host}, so a key is needed; set one with --api-key-file or --api-key-variable");
        var plan = new ServePlan
        {
            Model = Model ?? throw new FormatException("--model is missing; for example --model llama-3.1-8b.gguf"),
            Name = Name is { Length: 0 } ? throw new FormatException("--name: it is empty; for example --name my-model") : Name,
            Host = host,
            Port = Port is >= 0 and <= ushort.MaxValue
                ? Port
                : throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                    $"--port: {Port} is not a port from 0 to 65535; 0 takes any free one")),
            Key = key,
            WindowTokens = Context is null ? null : OptionParser.Parse("--context", () => TokenCount.Parse(Context)).Value,
            Options = new TargetOptions
            {
                KvType = KvType,
                FlashAttention = FlashAttention,
                LoadMode = LoadMode,
                Threads = Threads,
                PrefillThreads = PrefillThreads,
                BatchTokens = Batch,
                GpuLayers = GpuLayers,
                Tier = ToTier(),
            },
            Cap = ToCap(),
        };
        Check(plan);
        return plan;
    }

    // The rules of a sweep's options, before a model is written and a server starts.
    private static void Check(ServePlan plan)
    {
        var sweep = new SweepPlan
        {
            Target = TargetKind.Embedded,
            Contexts = [new TokenCount(plan.WindowTokens ?? 1)],
            Options = plan.Options,
            Cap = plan.Cap,
        };
        if (PlanCheck.Check(sweep).FirstOrDefault(finding => finding is { StopsTheRun: true, CanBeForced: false }) is { } wrong)
            throw new FormatException(wrong.ToString());
    }

    // Conversations stay on storage until space is short, so by default half of the disk stays free.
    private TierPlan? ToTier()
    {
        var tier = TierOptionParser.Parse(Tier, TierStorage, null, null);
        return tier is { StorageBytes: null } && Directory.Exists(tier.Folder)
            ? tier with { StorageBytes = new DriveInfo(Path.GetFullPath(tier.Folder)).AvailableFreeSpace / 2 }
            : tier;
    }

    private CapPlan? ToCap()
    {
        var swap = OptionParser.Parse("--swap", () => CapPlans.ParseSwap(Swap));
        if (Cap is null)
            return Swap == CapPlans.SwapAllowed ? null : throw new FormatException("--swap needs --cap; for example --cap 700MiB");
        var sizes = OptionParser.Parse("--cap", () => CapPlans.ParseSizes(Cap, MachineReader.Read()));
        return sizes.Count == 1
            ? new CapPlan { Bytes = sizes[0].Bytes, SwapBytes = swap }
            : throw new FormatException($"--cap: '{Cap}' is a list; a server has one cap, for example --cap 700MiB");
    }
}
