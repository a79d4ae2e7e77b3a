using System.ComponentModel;
using System.Globalization;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Models.Paged;
using MemoryWall.Sweeps.Setup;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall forecast</c>.</summary>
internal sealed class ForecastOptions : ForecastMachineOptions
{
    private const int AutoSlots = 4;

    // llama-server's --spec-draft-n-max.
    private const int DefaultDraftTokens = 3;
    private const string DefaultContexts = "2k..128k*2";

    [CommandOption("-m|--model <MODEL>")]
    [Description("A well-known model (llama-3.1-8b), a synthetic preset or shape (nano), a GGUF file, also by its address "
        + "(https://HOST/FILE.gguf), a server's model (ollama://HOST:PORT/MODEL), or a folder with config.json for vLLM and SGLang")]
    [DefaultValue("nano")]
    public string Model { get; init; } = "nano";

    [CommandOption("--gguf <FILE>")]
    [Description("Model file of a server that does not tell its model's shape")]
    public string? Gguf { get; init; }

    [CommandOption("--weights <TYPE>")]
    [Description("Quantisation of a well-known model: f16, q8_0, q4_k_m, … (default: the usual download)")]
    public string? Weights { get; init; }

    [CommandOption("-c|--contexts <LIST>")]
    [Description("Context tokens: 2k,8k,32k or 2k..128k*2 (default: 2k..128k*2, or the window of a running llama-server)")]
    public string? Contexts { get; init; }

    [CommandOption("-b|--budget <SIZE>")]
    [Description("Available memory: 16GiB, 700M")]
    public string? Budget { get; init; }

    [CommandOption("--vram <SIZE>")]
    [Description("Available GPU memory, for --gpu-layers; of several GPUs 24GiB,12GiB; --budget is then RAM alone")]
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
    public string? Parallel { get; init; }

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
    [Example(2048)]
    public int? Batch { get; init; }

    [CommandOption("--ubatch <TOKENS>")]
    [Description("Tokens computed at once (default: 512)")]
    [Example(512)]
    public int? MicroBatch { get; init; }

    [CommandOption("--no-kv-offload")]
    [Description("The KV cache stays in RAM")]
    public bool NoKvOffload { get; init; }

    [CommandOption("--n-cpu-moe <COUNT>")]
    [Description("First layers whose experts stay in RAM")]
    [Example(24)]
    public int? CpuMoeLayers { get; init; }

    [CommandOption("--cpu-moe")]
    [Description("All experts stay in RAM")]
    public bool CpuMoe { get; init; }

    [CommandOption("--override-tensor <RULES>")]
    [Description("Where tensors are, as llama.cpp writes it: exps=CPU,blk\\.1.*=CUDA0; may be repeated, the first match holds")]
    public string[]? TensorRules { get; init; }

    [CommandOption("--tensor-split <SHARES>")]
    [Description("Shares of several GPUs: 3,1 (default: those of --vram)")]
    public string? TensorSplit { get; init; }

    [CommandOption("--split-mode <MODE>")]
    [Description("How several GPUs share the model: layer, row or none (default: layer)")]
    public string? SplitMode { get; init; }

    [CommandOption("--main-gpu <INDEX>")]
    [Description("The GPU that is used alone with --split-mode none, from 0")]
    [Example(1)]
    public int MainGpu { get; init; }

    [CommandOption("--draft-max <TOKENS>")]
    [Description("Tokens that the model's own prediction layers draft (MTP), or the draft model does "
        + "(default: 0, no drafts; 3 with --draft-model)")]
    [Example(4)]
    public int? DraftMax { get; init; }

    [CommandOption("--draft-model <FILE>")]
    [Description("A smaller model that drafts (llama-server's -md): its weights, its KV cache of the same context and slots, and its "
        + "compute buffer are added as drafts; a GGUF file, or another model that --model takes")]
    public string? DraftModel { get; init; }

    [CommandOption("--cache-type-k-draft <TYPE>")]
    [Description("Element type of the keys of what drafts (default: f16)")]
    public string? DraftKeyType { get; init; }

    [CommandOption("--cache-type-v-draft <TYPE>")]
    [Description("Element type of the values of what drafts (default: f16)")]
    public string? DraftValueType { get; init; }

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

    [CommandOption("--gb")]
    [Description("Show totals in GB (1,000,000,000 bytes) beside GiB")]
    public bool Gigabytes { get; init; }

    [CommandOption("--json")]
    [Description("Write JSON to standard output")]
    public bool Json { get; init; }

    /// <summary>The settings that decide how much memory a model takes.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public ForecastSettings ToSettings(ServerWords? server)
    {
        if (FlashAttention is not (null or "on" or "off" or "auto"))
            throw new FormatException($"--flash-attention: '{FlashAttention}' is unknown; write on, off or auto");
        if (Unified && NotUnified)
            throw new FormatException("--unified and --no-unified cannot both be given");
        var options = new TargetOptions { KvType = KvType, FlashAttention = FlashAttention, GpuLayers = GpuLayers };
        var settings = OptionParser.Parse("--kv-type", () => ForecastSettings.FromOptions(options));
        return ToServer(server).Apply(settings with
        {
            KeyType = KeyType is null ? settings.KeyType : OptionParser.Parse("--cache-type-k", () => KvCacheType.Parse(KeyType)),
            ValueType = ValueType is null ? settings.ValueType : OptionParser.Parse("--cache-type-v", () => KvCacheType.Parse(ValueType)),
            FullSlidingWindow = SwaFull,
            BatchTokens = Batch ?? settings.BatchTokens,
            MicroBatchTokens = MicroBatch ?? settings.MicroBatchTokens,
            KvOnHost = NoKvOffload,
            CpuExpertLayers = CpuMoe ? int.MaxValue : CpuMoeLayers ?? 0,
            TensorSplit = ParseSplit(),
            SplitRows = SplitMode switch
            {
                null or "layer" or "none" => false,
                "row" => true,
                _ => throw new FormatException($"--split-mode: '{SplitMode}' is unknown; write layer, row or none"),
            },
            SingleAccelerator = SplitMode == "none",
            TensorOverrides = OptionParser.Parse("--override-tensor",
                () => (TensorRules ?? []).SelectMany(TensorOverride.Parse).ToList()),
            MainAccelerator = MainGpu,
            DraftKeyType = ParseDraftType("--cache-type-k-draft", DraftKeyType),
            DraftValueType = ParseDraftType("--cache-type-v-draft", DraftValueType),
            ProjectorBytes = Projector is null ? 0 : ForecastModelResolver.ReadWeightBytes("--mmproj", Projector),
        });
    }

    private ServerOptions ToServer(ServerWords? server) => new()
    {
        Slots = Parallel is null ? DefaultSlots(server)
            : Parallel == "auto" ? null
            : int.TryParse(Parallel, NumberStyles.None, CultureInfo.InvariantCulture, out var slots) ? slots
            : throw new FormatException($"--parallel: '{Parallel}' is neither auto nor a number of slots"),
        Unified = Unified ? true : NotUnified ? false : null,
        Build = Build ?? server?.Build,
        DraftTokens = DraftMax ?? (DraftModel is null ? 0 : DefaultDraftTokens),
    };

    // A type of drafts alone would be taken for that of the model.
    private KvCacheType ParseDraftType(string option, string? type) => type is null ? KvCacheType.F16
        : DraftModel is null && DraftMax is null or 0
            ? throw new FormatException($"{option} is for what drafts; give --draft-model FILE.gguf or --draft-max 3 too")
        : OptionParser.Parse(option, () => KvCacheType.Parse(type));

    /// <summary>Settings with the draft model that is asked for.</summary>
    /// <exception cref="FormatException">It cannot be read, it is a server's, or nothing may be drafted.</exception>
    public async Task<ForecastSettings> AddDraftModelAsync(ForecastSettings settings, CancellationToken cancellation)
    {
        if (DraftModel is null)
            return settings;
        if (settings.DraftTokens == 0)
            throw new FormatException("--draft-max is 0, so --draft-model drafts nothing; leave out one of them");
        var drafts = await ForecastModelResolver.ResolveAsync("--draft-model", DraftModel, cancellation).ConfigureAwait(false);
        return settings with { DraftModel = drafts };
    }

    private IReadOnlyList<double> ParseSplit()
    {
        var budgets = ParseVram();
        if (TensorSplit is null)
            return budgets.Count > 1 ? [.. budgets.Select(budget => (double)budget.Bytes)] : [];
        var shares = TensorSplit.Split(',').Select(share =>
            double.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number
                : throw new FormatException($"--tensor-split: '{share}' is not a share; write numbers as in 3,1")).ToList();
        return budgets.Count < 2 || budgets.Count == shares.Count ? shares
            : throw new FormatException(
                $"--tensor-split has {shares.Count} shares and --vram {budgets.Count} sizes; give one for each GPU");
    }

    /// <summary>The settings of a server with a paged cache.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public PagedSettings ToPagedSettings() => ToPagedSettings(ParseVram() is [_, ..] sizes ? sizes.Min() : null);

    private List<ByteSize> ParseVram() => Vram is null ? [] : [.. Vram.Split(',').Select(size => ParseSize("--vram", size))];

    // Four slots are what a llama-server makes where none are asked for, with one cache. Ollama has one slot unless told otherwise.
    private static int? DefaultSlots(ServerWords? server) => server switch
    {
        null or { Slots: AutoSlots } => null,
        { Slots: { } told } => told,
        { Kind: "ollama" } => 1,
        _ => null,
    };

    /// <summary>The available memory; null without <c>--budget</c>.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public MemoryBudget? ToBudget() => (Budget, Vram) switch
    {
        (null, null) => null,
        (null, _) => throw new FormatException("--vram needs --budget, the available RAM; for example --budget 16GiB"),
        ({ } ram, null) => new MemoryBudget(ParseSize("--budget", ram)),
        ({ } ram, _) => ToBudget(ParseSize("--budget", ram), ParseVram()),
    };

    private static MemoryBudget ToBudget(ByteSize ram, List<ByteSize> vram) =>
        new(ram, Sum(vram)) { Accelerators = vram.Count > 1 ? vram : [] };

    private static ByteSize Sum(List<ByteSize> sizes) => new((long)Math.Min(long.MaxValue, sizes.Sum(size => (decimal)size.Bytes)));

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
    public IReadOnlyList<int> ToContexts(ServerWords? server)
    {
        if (Contexts is null && server is { Kind: "llama-server", WindowTokens: { } window })
            return [(int)Math.Min(int.MaxValue, ToServer(server).HasOwnCaches ? (long)window * (ToServer(server).Slots ?? 1) : window)];
        return OptionParser.Parse("--contexts",
            () => ContextList.Parse(Contexts ?? DefaultContexts).Select(tokens => tokens.Value).ToList());
    }

    /// <summary>The contexts of a table of machines, in tokens.</summary>
    /// <exception cref="FormatException">The list cannot be read, or an option cannot be combined with machines.</exception>
    public IReadOnlyList<int> ToMachineContexts()
    {
        if (FindGiven([("--vram", Vram is not null), .. ListPlacement()]) is { } name)
            throw new FormatException($"{name} cannot be combined with --machine, which decides what is where for each machine; "
                + $"leave out {name}");
        if (Gigabytes)
            throw new FormatException("--gb cannot be combined with --machine, whose table has no totals; leave out --gb");
        return OptionParser.Parse("--contexts",
            () => ContextList.Parse(Contexts ?? MachineFits.DefaultContexts).Select(tokens => tokens.Value).ToList());
    }

    /// <summary>Checks that no option of llama.cpp is there for a folder that vLLM or SGLang serves: a forecast without it would be taken
    /// for one with it.</summary>
    /// <exception cref="FormatException">One is; the message names it.</exception>
    public void CheckPaged()
    {
        if (FindGiven([.. ListPlacement(), ("--gguf", Gguf is not null), ("--weights", Weights is not null),
            ("--kv-type", KvType is not null), ("--flash-attention", FlashAttention is not null), ("--cache-type-k", KeyType is not null),
            ("--cache-type-v", ValueType is not null), ("--parallel", Parallel is not null), ("--unified", Unified),
            ("--no-unified", NotUnified), ("--swa-full", SwaFull), ("--batch", Batch is not null), ("--ubatch", MicroBatch is not null),
            ("--no-kv-offload", NoKvOffload), ("--split-mode", SplitMode is not null), ("--draft-max", DraftMax is not null),
            ("--draft-model", DraftModel is not null), ("--cache-type-k-draft", DraftKeyType is not null),
            ("--cache-type-v-draft", DraftValueType is not null),
            ("--mmproj", Projector is not null), ("--build", Build is not null), ("--gb", Gigabytes)]) is { } name)
            throw new FormatException($"{name} is for llama.cpp; the forecast of a folder with config.json takes --contexts, --vram and "
                + $"the options of vLLM and SGLang, as --kv-cache-dtype; leave out {name}");
    }

    /// <summary>The options that say where a model is in llama.cpp, or lay something beside that.</summary>
    private IEnumerable<(string Name, bool IsGiven)> ListPlacement() =>
    [
        ("--budget", Budget is not null), ("--gpu-layers", GpuLayers is not null), ("--n-cpu-moe", CpuMoeLayers is not null),
        ("--cpu-moe", CpuMoe), ("--tensor-split", TensorSplit is not null), ("--override-tensor", TensorRules is not null),
        ("--main-gpu", MainGpu != 0), ("--log", Log is not null),
    ];

    private static string? FindGiven(IEnumerable<(string Name, bool IsGiven)> options) =>
        options.FirstOrDefault(option => option.IsGiven).Name;

    /// <summary>Checks that no option of machines is there without machines.</summary>
    /// <exception cref="FormatException">One is; the message names it.</exception>
    public void CheckWithoutMachines()
    {
        if (FindOptionOfMachines() is { } option)
            throw new FormatException($"{option} needs --machine; for example --machine 16GB,64GB+24GB-gpu");
    }

    private static ByteSize ParseSize(string option, string text) => OptionParser.Parse(option, () =>
        ByteSize.Parse(text) is { Bytes: > 0 } size
            ? size
            : throw new FormatException($"'{text}' is not a size above 0; for example {option} 16GiB"));
}
